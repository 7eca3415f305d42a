package dev.sponge.jobs.rollout;

import dev.sponge.jobs.report.Progress;
import dev.sponge.jobs.rollout.RolloutTask.Generated;
import dev.sponge.jobs.run.InOrder;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.run.Verifiers;
import dev.sponge.jobs.run.WorkUnits;
import dev.sponge.jobs.run.WorkUnits.Unit;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.table.RolloutsTable;
import dev.sponge.rl.batch.DynamicSampling;
import dev.sponge.rl.generation.FinishReason;
import dev.sponge.rl.reward.Verifier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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
    try (StepQuestions questions = new StepQuestions(run, state)) {
      List<Question> first = questions.all();
      RolloutsTable table = run.lakehouse().rollouts();
      if (run.config().rollout().refillRounds() == 0) {
        Round round = new Round(first, 0);
        generate(state, round, times, rollouts -> table.append(run.runId(), k, rollouts));
      } else {
        table.append(run.runId(), k, refilled(state, questions, first, times));
      }
    }
  }

  /**
   * Questions that are answered at the same time.
   *
   * @param firstUnit index of its first work unit
   */
  private record Round(List<Question> questions, int firstUnit) {}

  /**
   * Round after round until enough groups have unequal rewards. A round depends on the rewards of
   * those before, so all of them are here before the one commit.
   */
  private List<Rollout> refilled(
      RunState state, StepQuestions questions, List<Question> first, Times times) {
    List<Rollout> rollouts = new ArrayList<>();
    List<Question> asked = new ArrayList<>();
    List<Question> next = first;
    for (int left = run.config().rollout().refillRounds(); !next.isEmpty(); left--) {
      int unit = rollouts.isEmpty() ? 0 : rollouts.get(rollouts.size() - 1).workUnit() + 1;
      generate(state, new Round(next, unit), times, made -> rollouts.addAll(made.collect()));
      asked.addAll(next);
      next =
          left > 0 ? questions.further(asked, missing(rollouts, asked, first.size())) : List.of();
    }
    return rollouts;
  }

  /** Groups with unequal rewards that are missing still. */
  private int missing(List<Rollout> rollouts, List<Question> asked, int wanted) {
    Map<String, String> answers =
        asked.stream()
            .collect(Collectors.toMap(q -> q.prompt().promptId(), q -> q.prompt().answer()));
    Verifier verifier = run.verifier();
    Map<String, List<Rollout>> members =
        rollouts.stream()
            .collect(
                Collectors.groupingBy(Rollout::groupId, LinkedHashMap::new, Collectors.toList()));
    List<double[]> rewards = new ArrayList<>();
    for (List<Rollout> group : members.values()) {
      List<Reward> verdicts =
          group.stream().map(r -> reward(verifier, r, answers.get(r.promptId()))).toList();
      if (verdicts.stream().allMatch(Reward::scored)) {
        rewards.add(
            IntStream.range(0, group.size())
                .mapToDouble(i -> verdicts.get(i).reward() + penalty(group.get(i)))
                .toArray());
      }
    }
    return DynamicSampling.fill(rewards, values -> values, wanted).missing();
  }

  private double penalty(Rollout rollout) {
    return run.config().overlongPenalty(rollout.responseIds().length);
  }

  /** Generates a round in Spark tasks, which compute when {@code sink} asks for the rollouts. */
  private void generate(RunState state, Round round, Times times, Consumer<JavaRDD<Rollout>> sink) {
    List<Unit<Question>> units =
        WorkUnits.of(
            round.questions(), run.config().rollout().workUnitPrompts(), round.firstUnit());
    RolloutTask task = task(state);
    SerializableConfiguration hadoop =
        new SerializableConfiguration(run.spark().hadoopConfiguration());
    CollectionAccumulator<double[]> engineSeconds =
        run.spark().sc().collectionAccumulator("engine seconds of step " + state.step());
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
      sink.accept(rollouts);
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
        InOrder.map(
            run.lakehouse().rollouts().read(run.runId(), k, k),
            run.config().reward().atOnce(),
            rollout -> reward(verifier, rollout, answers.get(rollout.promptId())));
    VerifierKey key = new VerifierKey(verifier.id(), verifier.version());
    run.lakehouse().rewards().append(run.runId(), k, key, rewards);
  }

  private static Reward reward(Verifier verifier, Rollout rollout, String answer) {
    boolean truncated = rollout.finishReason().equals(FinishReason.LENGTH.label());
    return Verifiers.judge(
        verifier,
        new Verifiers.Response(
            rollout.rolloutId(),
            rollout.runId(),
            rollout.policyVersion(),
            rollout.responseText(),
            truncated),
        answer);
  }
}
