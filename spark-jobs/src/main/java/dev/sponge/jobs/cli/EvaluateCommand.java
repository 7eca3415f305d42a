package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.Stages.Outcome;
import dev.sponge.jobs.cli.Tools.BenchmarkRequest;
import dev.sponge.jobs.cli.Tools.RecomputeRequest;
import dev.sponge.rl.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sponge evaluate}. */
@Command(
    name = "evaluate",
    description = {
      "Measure the newest policy on held-out problems, or any policy on benchmarks.",
      "With --benchmarks: pass@k and maj@k with 95 %% intervals over problems; every response is kept."
    })
final class EvaluateCommand extends StageCommand {
  @Mixin private BenchmarkOptions benchmarks;

  @Option(
      names = "--policy",
      paramLabel = "V",
      description = "policy version for --benchmarks (default: the newest)")
  private Integer policy;

  @Option(
      names = "--recompute",
      description =
          "scores of the responses that are stored, for other --k or another --verifier; nothing is"
              + " generated")
  private boolean recompute;

  @Override
  boolean beginsWork() {
    return false;
  }

  @Override
  Outcome call(Stages stages, StageContext context) {
    OptionalInt version = policy == null ? OptionalInt.empty() : OptionalInt.of(policy);
    if (recompute) {
      stages
          .tools()
          .recompute(
              context,
              new RecomputeRequest(
                  benchmarks.filter(),
                  version,
                  benchmarks.verifier(),
                  benchmarks.ks(),
                  benchmarks.format()));
      return Outcome.DONE;
    }
    if (!benchmarks.benchmarks().isEmpty()) {
      stages
          .tools()
          .benchmarks(
              context,
              new BenchmarkRequest(
                  benchmarks.settings(), version, benchmarks.ks(), benchmarks.format()));
      return Outcome.DONE;
    }
    List<String> without = new ArrayList<>(benchmarks.given());
    if (policy != null) {
      without.add("--policy");
    }
    if (!without.isEmpty()) {
      throw new UserError(
          "%s without --benchmarks: the run's own evaluation takes its settings from section evaluation of the configuration. Name benchmarks, such as --benchmarks aime24,math500."
              .formatted(String.join(", ", without)));
    }
    return stages.evaluate(context);
  }
}
