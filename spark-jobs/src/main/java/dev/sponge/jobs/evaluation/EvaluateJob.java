package dev.sponge.jobs.evaluation;

import dev.sponge.jobs.config.EvaluationConfig;
import dev.sponge.jobs.config.RewardConfig;
import dev.sponge.jobs.evaluation.EvaluationTask.Judged;
import dev.sponge.jobs.report.Interval;
import dev.sponge.jobs.report.PassAtK;
import dev.sponge.jobs.report.PassAtK.Count;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunPrompts;
import dev.sponge.jobs.run.Verifiers;
import dev.sponge.jobs.run.WorkUnits;
import dev.sponge.jobs.run.WorkUnits.Unit;
import dev.sponge.jobs.table.Evaluation;
import dev.sponge.jobs.table.EvaluationResponse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import dev.sponge.rl.generation.SamplingConfig;
import dev.sponge.rl.reward.SelfReflection;
import dev.sponge.rl.reward.Verifier;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Answers a fixed set of held-out problems with one policy, once greedily and n times sampled, and
 * keeps every response. The row in evaluations, written last, is the commit point.
 */
public final class EvaluateJob {
  /** Problems that one task answers at a time. */
  public static final int PROMPTS_PER_UNIT = 64;

  private static final int ATTEMPT_DIGITS = 8;
  private static final int K = 8;

  private final RunContext run;

  public EvaluateJob(RunContext run) {
    this.run = run;
  }

  /** The evaluation with these settings, if it was made. */
  public Optional<Evaluation> find(int policyVersion, int samples) {
    EvaluationConfig config = run.config().evaluation();
    return run.lakehouse()
        .evaluations()
        .read(run.runId(), policyVersion, config.benchmark(), samples, config.temperature());
  }

  /** Any evaluation of the version on the benchmark; the one with most samples. */
  public Optional<Evaluation> find(int policyVersion) {
    return run.lakehouse().evaluations().read(run.runId(), policyVersion).stream()
        .filter(Evaluation::ofTheRun)
        .filter(e -> e.benchmark().equals(run.config().evaluation().benchmark()))
        .max(Comparator.comparingInt(Evaluation::samples));
  }

  /** Samples a problem: the base and the last policy, which the summary compares, get more. */
  public int samples(int policyVersion) {
    boolean compared = policyVersion == 0 || policyVersion == run.config().run().steps();
    EvaluationConfig config = run.config().evaluation();
    return compared ? config.finalSamples() : config.samples();
  }

  /** Evaluates a policy with n samples a problem, unless that was done. */
  public Evaluation run(Policy policy, int samples) {
    return find(policy.policyVersion(), samples).orElseGet(() -> evaluate(policy, samples));
  }

  private Evaluation evaluate(Policy policy, int samples) {
    long start = System.nanoTime();
    EvaluationConfig config = run.config().evaluation();
    List<Prompt> problems = problems(config.problems());
    String attemptId = UUID.randomUUID().toString().substring(0, ATTEMPT_DIGITS);
    EvaluationTask task =
        new EvaluationTask(
            run.runId(),
            policy.policyVersion(),
            config.benchmark(),
            attemptId,
            run.source(policy),
            /* greedy= */ true,
            samples,
            new SamplingConfig(config.temperature(), run.config().rollout().maxNewTokens()),
            run.config().run().seed());
    List<Judged> judged = answer(problems, task);
    List<EvaluationResponse> responses = judged.stream().map(Judged::response).toList();
    run.lakehouse()
        .evaluationResponses()
        .append(run.runId(), policy.policyVersion(), attemptId, responses);
    double seconds = (System.nanoTime() - start) / 1e9;
    Evaluation evaluation = summarise(task, judged, problems.size(), seconds);
    run.lakehouse().evaluations().append(evaluation);
    return evaluation;
  }

  private List<Prompt> problems(int count) {
    List<Prompt> all = RunPrompts.heldOut(run, count);
    if (all.size() < count) {
      throw new UserError(
          "evaluation.problems = %d, but table prompts holds %d test problems; lower the key or run: sponge prepare --work DIR"
              .formatted(count, all.size()));
    }
    return all;
  }

  private List<Judged> answer(List<Prompt> problems, EvaluationTask task) {
    List<Unit<Prompt>> units = WorkUnits.of(problems, PROMPTS_PER_UNIT);
    RewardConfig reward = run.config().reward();
    SerializableConfiguration hadoop =
        new SerializableConfiguration(run.spark().hadoopConfiguration());
    return run.spark()
        .parallelize(units, Math.min(units.size(), run.spark().defaultParallelism()))
        .mapPartitions(
            part -> {
              List<Judged> rows = new ArrayList<>();
              Verifier verifier = Verifiers.of(reward);
              while (part.hasNext()) {
                rows.addAll(task.answer(part.next(), verifier, hadoop.value()));
              }
              return rows.iterator();
            })
        .collect();
  }

  private Evaluation summarise(
      EvaluationTask task, List<Judged> judged, int problems, double seconds) {
    List<EvaluationResponse> greedy =
        judged.stream().map(Judged::response).filter(r -> r.greedy() && scored(r)).toList();
    List<Judged> sampled = judged.stream().filter(j -> !j.response().greedy()).toList();
    Map<String, Count> counts = new TreeMap<>();
    SelfReflection reflection = new SelfReflection(run.config().reward().reflectionKeywords());
    long tokens = 0;
    long reflecting = 0;
    double surprise = 0;
    for (Judged item : sampled) {
      EvaluationResponse response = item.response();
      if (scored(response)) {
        counts.merge(
            response.promptId(),
            new Count(1, right(response)),
            (a, b) -> new Count(a.responses() + b.responses(), a.right() + b.right()));
      }
      tokens += response.responseIds().length;
      reflecting += reflection.reflects(response.responseText()) ? 1 : 0;
      surprise += item.surprise();
    }
    if (greedy.isEmpty() || counts.isEmpty()) {
      throw new SpongeException(
          "Verifier %s judged no response of policy version %d: %s. Mend what it lacks and run the command again."
              .formatted(
                  run.verifier().id(), task.policyVersion(), judged.get(0).response().detail()));
    }
    long greedyRight = greedy.stream().mapToInt(EvaluateJob::right).sum();
    OptionalDouble pass8 = PassAtK.mean(counts.values(), K);
    Interval interval = Interval.wilson95(greedyRight, greedy.size());
    return new Evaluation(
        task.runId(),
        task.policyVersion(),
        task.benchmark(),
        task.attemptId(),
        problems,
        task.samples(),
        task.sampling().temperature(),
        (double) greedyRight / greedy.size(),
        interval.low(),
        interval.high(),
        PassAtK.mean(counts.values(), 1).orElseThrow(),
        pass8.isPresent() ? pass8.getAsDouble() : null,
        tokens / (double) sampled.size(),
        reflecting / (double) sampled.size(),
        surprise / tokens,
        seconds,
        Instant.now());
  }

  private static boolean scored(EvaluationResponse response) {
    return response.reward() != null;
  }

  /** A format alone earns a reward too, where reward.format_weight is positive. */
  private static int right(EvaluationResponse response) {
    return response.correct() && response.reward() >= 1 ? 1 : 0;
  }
}
