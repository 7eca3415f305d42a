package dev.sponge.jobs.loop;

import dev.sponge.jobs.cli.Sponge;
import dev.sponge.jobs.cli.Tools.BenchmarkRequest;
import dev.sponge.jobs.cli.Tools.CompareRequest;
import dev.sponge.jobs.cli.Tools.RecomputeRequest;
import dev.sponge.jobs.config.BenchmarkSettings;
import dev.sponge.jobs.config.EvaluationFilter;
import dev.sponge.jobs.config.PolicyName;
import dev.sponge.jobs.evaluation.BenchmarkJob;
import dev.sponge.jobs.evaluation.JudgeJob;
import dev.sponge.jobs.evaluation.ScoreReader;
import dev.sponge.jobs.evaluation.StoredEvaluations;
import dev.sponge.jobs.ledger.RunLease;
import dev.sponge.jobs.report.BenchmarkResult;
import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.report.Metric;
import dev.sponge.jobs.report.OutputFormat;
import dev.sponge.jobs.report.PolicyComparison;
import dev.sponge.jobs.report.ScoreTable;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.Verifiers;
import dev.sponge.jobs.table.Evaluation;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.training.BootstrapJob;
import dev.sponge.rl.UserError;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What the command line asks of evaluations on benchmarks. */
final class BenchmarkTools {
  /** What judges where no verifier is named: the answers of the published benchmarks are LaTeX. */
  private static final String VERIFIER = "math";

  private final RunContext run;

  BenchmarkTools(RunContext run) {
    this.run = run;
  }

  /** Evaluates a policy; a run without one begins with the model that the configuration names. */
  int evaluate(BenchmarkRequest request) {
    BenchmarkSettings settings = request.settings();
    List<Integer> ks = BenchmarkSettings.ks(request.ks(), settings.samples());
    String verifier = Verifiers.full(settings.verifier().orElse(VERIFIER));
    // A program reads JSON alone.
    RunContext working =
        request.format() == OutputFormat.JSON
            ? new RunContext(run.work(), run.lakehouse(), run.config(), Console.silent())
            : run;
    Optional<RunState> state = RunState.find(run.lakehouse(), run.runId());
    state.ifPresent(s -> run.config().checkSameRun(s.policy().resolvedConfig()));
    List<Evaluation> evaluations =
        RunLease.holding(
            working,
            () -> {
              if (state.isEmpty() && !run.config().model().isFresh()) {
                new BootstrapJob(working).run();
              }
              return new BenchmarkJob(working, settings, verifier).run(policy(request));
            });
    return print(evaluations, Optional.of(verifier), ks, request.format());
  }

  private Policy policy(BenchmarkRequest request) {
    Policy newest = RunState.require(run.lakehouse(), run.runId()).policy();
    int version = request.policyVersion().orElse(newest.policyVersion());
    return run.lakehouse()
        .policies()
        .read(run.runId(), version)
        .orElseThrow(
            () ->
                new UserError(
                    "Run \"%s\" has no policy version %d; its versions go to %d."
                        .formatted(run.runId(), version, newest.policyVersion())));
  }

  /** Scores what is stored. */
  int recompute(RecomputeRequest request) {
    List<Evaluation> evaluations =
        StoredEvaluations.find(
            run.lakehouse(), run.runId(), request.policyVersion(), request.filter());
    return print(
        evaluations,
        request.verifier().map(Verifiers::full),
        ks(request.ks(), evaluations),
        request.format());
  }

  private static List<Integer> ks(List<Integer> given, List<Evaluation> evaluations) {
    return BenchmarkSettings.ks(
        given, evaluations.stream().mapToInt(Evaluation::samples).min().orElseThrow());
  }

  private int print(
      List<Evaluation> evaluations,
      Optional<String> verifier,
      List<Integer> ks,
      OutputFormat format) {
    List<BenchmarkResult> results =
        evaluations.stream().map(evaluation -> result(evaluation, verifier)).toList();
    new ScoreTable(results, Metric.of(ks)).lines(format).forEach(run.console()::result);
    return Sponge.DONE;
  }

  /** Judged now where the verifier has not judged it. */
  private BenchmarkResult result(Evaluation evaluation, Optional<String> verifier) {
    JudgeJob judge = new JudgeJob(run.lakehouse(), verifier.orElseGet(evaluation::verifier));
    judge.run(evaluation);
    return new ScoreReader(run.lakehouse(), run.config().reward().reflectionKeywords())
        .read(evaluation, judge.verifier());
  }

  /** Compares two policies, of one run or of two. */
  int compare(CompareRequest request) {
    List<Evaluation> first = evaluations(request.first(), request.filter());
    List<Evaluation> second = evaluations(request.second(), request.filter());
    List<Integer> ks =
        ks(
            request.ks().isEmpty() ? List.of(1) : request.ks(),
            Stream.concat(first.stream(), second.stream()).toList());
    Optional<String> verifier = request.verifier().map(Verifiers::full);
    if (verifier.isEmpty()) {
      requireOneVerifier(first, second);
    }
    PolicyComparison comparison =
        new PolicyComparison(
            first.stream().map(evaluation -> result(evaluation, verifier)).toList(),
            second.stream().map(evaluation -> result(evaluation, verifier)).toList(),
            Metric.of(ks));
    if (comparison.lines().isEmpty()) {
      throw new UserError(
          "The two policies were evaluated on no common benchmark; evaluate both with: sponge evaluate --policy V --benchmarks NAMES --work DIR");
    }
    comparison.lines(request.format()).forEach(run.console()::result);
    return Sponge.DONE;
  }

  private List<Evaluation> evaluations(PolicyName policy, EvaluationFilter filter) {
    return StoredEvaluations.find(
        run.lakehouse(),
        policy.run().orElse(run.runId()),
        OptionalInt.of(policy.version()),
        filter);
  }

  private static void requireOneVerifier(List<Evaluation> first, List<Evaluation> second) {
    TreeSet<String> verifiers = new TreeSet<>();
    first.forEach(evaluation -> verifiers.add(evaluation.verifier()));
    second.forEach(evaluation -> verifiers.add(evaluation.verifier()));
    if (verifiers.size() > 1) {
      throw new UserError(
          "The responses were judged by different verifiers (%s); name the one to go by with --verifier."
              .formatted(String.join(", ", verifiers)));
    }
  }
}
