package dev.sponge.jobs.evaluation;

import dev.sponge.jobs.config.BenchmarkSettings;
import dev.sponge.jobs.evaluation.EvaluationTask.Judged;
import dev.sponge.jobs.report.BenchmarkResult;
import dev.sponge.jobs.report.Estimate;
import dev.sponge.jobs.report.Metric;
import dev.sponge.jobs.report.Resampling;
import dev.sponge.jobs.run.Hashes;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.Verifiers;
import dev.sponge.jobs.run.WorkUnits;
import dev.sponge.jobs.run.WorkUnits.Unit;
import dev.sponge.jobs.table.Evaluation;
import dev.sponge.jobs.table.EvaluationResponse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.rl.generation.SamplingConfig;
import dev.sponge.rl.reward.Verifier;
import dev.sponge.rl.tensor.DecoderKernels.Truncation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Answers benchmarks with one policy, n times each problem, and keeps every response: for each
 * benchmark one commit of responses, then the row in evaluations, which is the commit point. What
 * is committed is not done again; responses that a broken-off attempt has committed are taken up.
 */
public final class BenchmarkJob {
  private static final int GENERATION_DIGITS = 12;
  private static final int ATTEMPT_DIGITS = 8;
  private static final int K = 8;

  /** Responses in a work unit, at most: few enough to spread a small benchmark over executors. */
  private static final int ROWS_A_UNIT = 64;

  /** Tasks for each that runs at a time: progress is seen when one ends. */
  private static final int TASKS_A_WORKER = 16;

  private final RunContext run;
  private final BenchmarkSettings settings;
  private final String verifierName;

  /**
   * @param verifierName {@code id@version}
   */
  public BenchmarkJob(RunContext run, BenchmarkSettings settings, String verifierName) {
    this.run = run;
    this.settings = settings;
    this.verifierName = verifierName;
  }

  /**
   * Evaluates a policy on what it was not evaluated on before with these settings, whatever the
   * verifier.
   *
   * @return one a benchmark, in the order they were named
   */
  public List<Evaluation> run(Policy policy) {
    List<Evaluation> evaluations = new ArrayList<>();
    for (Benchmark benchmark : new BenchmarkProblems(run, settings).load(policy, verifierName)) {
      evaluations.add(find(policy, benchmark).orElseGet(() -> evaluate(policy, benchmark)));
    }
    return evaluations;
  }

  private Optional<Evaluation> find(Policy policy, Benchmark benchmark) {
    Optional<Evaluation> found =
        run.lakehouse().evaluations().read(policy.runId(), policy.policyVersion()).stream()
            .filter(
                e ->
                    !e.ofTheRun()
                        && e.benchmark().equals(benchmark.name())
                        && e.questions().equals(benchmark.questions())
                        && e.samples() == settings.samples()
                        && e.temperature() == settings.temperature()
                        && e.topP() == settings.topP()
                        && e.maxTokens() == benchmark.maxTokens())
            .findFirst();
    found.ifPresent(e -> run.console().line(benchmark.name() + ": evaluated before"));
    return found;
  }

  private Evaluation evaluate(Policy policy, Benchmark benchmark) {
    long start = System.nanoTime();
    String generation = generation(policy, benchmark);
    Attempt attempt =
        leftBehind(policy, benchmark, generation)
            .orElseGet(() -> generate(policy, benchmark, generation));
    BenchmarkResult result =
        new ScoreReader(run.lakehouse(), run.config().reward().reflectionKeywords()).read(attempt);
    double seconds = (System.nanoTime() - start) / 1e9;
    Evaluation evaluation = evaluation(attempt, benchmark, result, seconds);
    run.lakehouse().evaluations().append(evaluation);
    return evaluation;
  }

  /** Names what decides the responses, beside the engine. */
  private String generation(Policy policy, Benchmark benchmark) {
    return Hashes.sha256(
        String.join(
            "\n",
            policy.weightsSha256(),
            benchmark.name(),
            benchmark.questions(),
            settings.samples() + " " + settings.temperature() + " " + settings.topP(),
            benchmark.maxTokens() + " " + run.config().rollout().stop(),
            run.config().run().seed() + " " + run.config().engine().dtype().label()),
        GENERATION_DIGITS);
  }

  /** Responses without a row in evaluations, all of them. */
  private Optional<Attempt> leftBehind(Policy policy, Benchmark benchmark, String generation) {
    List<Row> attempts =
        run.lakehouse()
            .evaluationResponses()
            .dataset()
            .where(functions.col("run_id").equalTo(policy.runId()))
            .where(functions.col("policy_version").equalTo(policy.policyVersion()))
            .where(functions.col("benchmark").equalTo(benchmark.name()))
            .where(functions.col("attempt_id").startsWith(generation + "-"))
            .groupBy("attempt_id", "verifier_id", "verifier_version")
            .count()
            .orderBy("attempt_id")
            .collectAsList();
    long all = (long) benchmark.problems().size() * settings.samples();
    return attempts.stream()
        .filter(row -> row.getLong(3) == all)
        .map(
            row ->
                attempt(
                    policy, benchmark, row.getString(0), row.getString(1) + "@" + row.getString(2)))
        .findFirst();
  }

  private Attempt attempt(Policy policy, Benchmark benchmark, String id, String verifier) {
    return new Attempt(
        policy.runId(), policy.policyVersion(), benchmark.name(), id, settings.samples(), verifier);
  }

  private Attempt generate(Policy policy, Benchmark benchmark, String generation) {
    String id = generation + "-" + UUID.randomUUID().toString().substring(0, ATTEMPT_DIGITS);
    Attempt attempt = attempt(policy, benchmark, id, verifierName);
    EvaluationTask task =
        new EvaluationTask(
            attempt.runId(),
            attempt.policyVersion(),
            attempt.benchmark(),
            attempt.attemptId(),
            run.source(policy),
            /* greedy= */ false,
            settings.samples(),
            new SamplingConfig(
                settings.temperature(),
                benchmark.maxTokens(),
                new Truncation(0, settings.topP(), 0)),
            run.config().run().seed());
    long total = (long) benchmark.problems().size() * settings.samples();
    LongAccumulator done = run.spark().sc().longAccumulator("responses to " + benchmark.name());
    TaskProgress.during(
        run.console().progress(benchmark.name(), total, "responses"),
        done,
        () ->
            run.lakehouse()
                .evaluationResponses()
                .append(
                    attempt.runId(),
                    attempt.policyVersion(),
                    attempt.attemptId(),
                    responses(benchmark, task, done)));
    return attempt;
  }

  private JavaRDD<EvaluationResponse> responses(
      Benchmark benchmark, EvaluationTask task, LongAccumulator done) {
    int together = Math.min(run.config().rollout().batchRows(), ROWS_A_UNIT);
    int problemsAUnit = Math.max(1, together / settings.samples());
    List<Unit<Prompt>> units = WorkUnits.of(benchmark.problems(), problemsAUnit);
    SerializableConfiguration hadoop =
        new SerializableConfiguration(run.spark().hadoopConfiguration());
    String name = verifierName;
    int slices = Math.min(units.size(), TASKS_A_WORKER * run.spark().defaultParallelism());
    return run.spark()
        .parallelize(units, slices)
        .mapPartitions(
            part -> {
              Verifier verifier = Verifiers.named(name);
              List<EvaluationResponse> rows = new ArrayList<>();
              while (part.hasNext()) {
                List<Judged> judged = task.answer(part.next(), verifier, hadoop.value());
                judged.forEach(item -> rows.add(item.response()));
                done.add(judged.size());
              }
              return rows.iterator();
            });
  }

  private Evaluation evaluation(
      Attempt attempt, Benchmark benchmark, BenchmarkResult result, double seconds) {
    double[] pass1 = result.values(Metric.PASS_AT_1);
    Optional<Estimate> estimate =
        pass1.length == 0 ? Optional.empty() : Optional.of(Resampling.bootstrap(List.of(pass1)));
    String[] verifier = attempt.verifier().split("@", 2);
    return new Evaluation(
        attempt.runId(),
        attempt.policyVersion(),
        attempt.benchmark(),
        attempt.attemptId(),
        benchmark.problems().size(),
        attempt.samples(),
        settings.temperature(),
        null,
        null,
        null,
        estimate.map(Estimate::value).orElse(null),
        mean(result, new Metric(Metric.Kind.PASS, K)),
        result.responses().length(),
        result.responses().reflecting(),
        null,
        seconds,
        Instant.now(),
        settings.topP(),
        benchmark.maxTokens(),
        benchmark.questions(),
        verifier[0],
        verifier[1],
        result.responses().failed(),
        result.responses().truncated(),
        estimate.map(e -> e.interval().low()).orElse(null),
        estimate.map(e -> e.interval().high()).orElse(null),
        mean(result, new Metric(Metric.Kind.MAJORITY, attempt.samples())));
  }

  /** Null where no problem has enough judged responses. */
  private static Double mean(BenchmarkResult result, Metric metric) {
    double[] values = result.values(metric);
    return values.length == 0 ? null : Resampling.mean(List.of(values));
  }
}
