package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.Tools.CompareRequest;
import dev.sponge.jobs.config.PolicyName;
import dev.sponge.rl.UserError;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sponge compare}. */
@Command(
    name = "compare",
    description =
        "Compare two policies on the benchmarks that both were evaluated on, problem by problem.")
final class CompareCommand extends ToolCommand {
  @Option(
      names = "--policies",
      required = true,
      paramLabel = "A,B",
      split = ",",
      description = "two policies, VERSION or RUN:VERSION, such as 0,20 or base:0,main:20")
  private List<String> policies = new ArrayList<>();

  @Mixin private BenchmarkOptions benchmarks;

  @Override
  int call(Tools tools, StageContext context) {
    if (policies.size() != 2) {
      throw new UserError(
          "--policies %s: give two, such as --policies 0,20."
              .formatted(String.join(",", policies)));
    }
    return tools.compare(
        context,
        new CompareRequest(
            PolicyName.of(policies.get(0)),
            PolicyName.of(policies.get(1)),
            benchmarks.filter(),
            benchmarks.verifier(),
            benchmarks.ks(),
            benchmarks.format()));
  }
}
