package dev.sponge.jobs.rollout;

import dev.sponge.jobs.report.Progress;
import dev.sponge.jobs.rollout.RolloutTask.Generated;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.run.WorkUnits;
import dev.sponge.jobs.run.WorkUnits.Unit;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.rl.generation.FinishReason;
import dev.sponge.rl.reward.Verdict;
import dev.sponge.rl.reward.Verifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Samples the fresh groups of step k from pi_k on the executors and verifies them: one commit to
 * rollouts, one to rewards. What is committed already is not done again.
 */
public final class RolloutJob {
  private final RunContext run;

  public RolloutJob(RunContext run) {
    this.run = run;
  }

  /** Whether both commits of step k stand. */
  public boolean isDone(RunState state) {
    int k = state.step();
    boolean sampled = run.lakehouse().rollouts().lastVersion(run.runId()).orElse(-1) >= k;
    return sampled && !rewards(k).isEmpty();
  }

  /**
   * Does what is missing of step k.
   *
   * @param times takes the seconds: rollout and verify, and generate, the engine's share of rollout
   */
  public void run(RunState state, Times times) {
    int k = state.step();
    if (run.lakehouse().rollouts().lastVersion(run.runId()).orElse(-1) < k) {
      times.measure("rollout", () -> sample(state, times));
    }
    if (rewards(k).isEmpty()) {
      times.measure("verify", () -> verify(k));
    }
  }

  private Map<String, Reward> rewards(int k) {
    Verifier verifier = run.verifier();
    VerifierKey key = new VerifierKey(verifier.id(), verifier.version());
    return run.lakehouse().rewards().read(run.runId(), k, k, key);
  }

  private void sample(RunState state, Times times) {
    int k = state.step();
    List<Unit<Question>> units =
        WorkUnits.of(new StepQuestions(run, state).all(), run.config().rollout().workUnitPrompts());
    RolloutTask task = task(state);
    SerializableConfiguration hadoop =
        new SerializableConfiguration(run.spark().hadoopConfiguration());
    CollectionAccumulator<double[]> engineSeconds =
        run.spark().sc().collectionAccumulator("engine seconds of step " + k);
    try (Progress progress = run.console().progress("rollout", units.size(), "work units")) {
      JavaRDD<Rollout> rollouts =
          run.spark()
              .parallelize(units, Math.min(units.size(), run.spark().defaultParallelism()))
              .mapPartitions(
                  part -> {
                    List<Rollout> rows = new ArrayList<>();
                    while (part.hasNext()) {
                      Generated generated = task.generate(part.next(), hadoop.value());
                      int partition = TaskContext.getPartitionId();
                      engineSeconds.add(new double[] {partition, generated.seconds()});
                      rows.addAll(generated.rollouts());
                    }
                    return rows.iterator();
                  });
      run.lakehouse().rollouts().append(run.runId(), k, rollouts);
      progress.advance(units.size());
    }
    times.add("generate", longest(engineSeconds.value()));
  }

  /** Tasks run side by side: the engine's wall-clock time is that of the longest one. */
  private static double longest(List<double[]> secondsOfPartition) {
    Map<Integer, Double> sums = new TreeMap<>();
    secondsOfPartition.forEach(pair -> sums.merge((int) pair[0], pair[1], Double::sum));
    return sums.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
  }

  private RolloutTask task(RunState state) {
    return new RolloutTask(
        run.runId(),
        state.step(),
        run.source(state.policy()),
        run.config().rollout().groupSize(),
        run.config().rollout().sampling(),
        run.config().run().seed(),
        run.engine(),
        run.config().engine().dtype().label());
  }

  private void verify(int k) {
    Map<String, String> answers =
        run.lakehouse().prompts().read("train").stream()
            .collect(Collectors.toMap(Prompt::promptId, Prompt::answer));
    Verifier verifier = run.verifier();
    List<Reward> rewards =
        run.lakehouse().rollouts().read(run.runId(), k, k).stream()
            .map(rollout -> reward(verifier, rollout, answers.get(rollout.promptId())))
            .toList();
    VerifierKey key = new VerifierKey(verifier.id(), verifier.version());
    run.lakehouse().rewards().append(run.runId(), k, key, rewards);
  }

  private static Reward reward(Verifier verifier, Rollout rollout, String answer) {
    boolean truncated = rollout.finishReason().equals(FinishReason.LENGTH.label());
    Verdict verdict = verifier.verify(rollout.responseText(), answer, truncated);
    boolean scored = verdict.status() == dev.sponge.rl.reward.RewardStatus.SCORED;
    return new Reward(
        rollout.rolloutId(),
        rollout.runId(),
        rollout.policyVersion(),
        verifier.id(),
        verifier.version(),
        verdict.status().name().toLowerCase(Locale.ROOT),
        scored ? verdict.reward() : null,
        scored ? verdict.correct() : null,
        scored ? verdict.formatOk() : null,
        verdict.detail());
  }
}
