package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.table.AnchorLogprobs;
import dev.sponge.jobs.table.HistoryStatistic;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.table.StepRollout;
import dev.sponge.jobs.table.TrainStep;
import dev.sponge.jobs.training.TrainJob;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a training step reads from the tables, and what it writes there. */
class TrainingDataTest {
  @TempDir static Path directory;

  private final Lakehouse reference = TinyRun.reference().lakehouse();

  private Map<String, Rollout> rollouts() {
    return reference.rollouts().read(TinyRun.RUN, 0, TinyRun.STEPS).stream()
        .collect(Collectors.toMap(Rollout::rolloutId, Function.identity()));
  }

  /** The first pass of a step. */
  private List<StepRollout> used(int step) {
    return reference.stepRollouts().read(TinyRun.RUN, step, step).stream()
        .filter(row -> row.pass() == 0)
        .toList();
  }

  @Test
  void replayedGroupsAreWholeAndInsideTheWindow() {
    Map<String, Rollout> rollouts = rollouts();
    Map<Integer, List<Integer>> replayedVersions =
        Map.of(0, List.of(), 1, List.of(0, 0), 2, List.of(0, 1), 3, List.of());
    replayedVersions.forEach(
        (step, expected) -> {
          Map<String, Set<Integer>> groups = new TreeMap<>();
          for (StepRollout row : used(step)) {
            Rollout rollout = rollouts.get(row.rolloutId());
            assertThat(row.lag()).isEqualTo(step - rollout.policyVersion());
            groups
                .computeIfAbsent(rollout.groupId(), g -> new TreeSet<>())
                .add(rollout.sampleIndex());
          }
          assertThat(groups).hasSize(TinyRun.PROMPTS_PER_STEP);
          assertThat(groups.values())
              .allSatisfy(samples -> assertThat(samples).containsExactly(0, 1, 2, 3));
          List<Integer> versions =
              groups.keySet().stream()
                  .map(group -> Integer.parseInt(group.substring(group.indexOf('@') + 1)))
                  .filter(version -> !version.equals(step))
                  .sorted()
                  .toList();
          assertThat(versions).as("versions replayed in step " + step).isEqualTo(expected);
          TrainStep committed = reference.trainSteps().read(TinyRun.RUN, step).orElseThrow();
          assertThat(committed.replayedRollouts()).isEqualTo(expected.size() * TinyRun.GROUP_SIZE);
          assertThat(committed.historyShare()).isEqualTo(expected.isEmpty() ? 0 : 0.4);
        });
  }

  @Test
  void everyFreshRolloutIsUsedAndEveryPassUsesTheSame() {
    Map<String, Rollout> rollouts = rollouts();
    for (int step = 0; step < TinyRun.STEPS; step++) {
      int k = step;
      Set<String> fresh =
          rollouts.values().stream()
              .filter(rollout -> rollout.policyVersion() == k)
              .map(Rollout::rolloutId)
              .collect(Collectors.toSet());
      List<StepRollout> rows = reference.stepRollouts().read(TinyRun.RUN, k, k);
      int passes = k < TinyRun.REINCARNATION ? 2 : 1;
      assertThat(rows).hasSize(passes * TinyRun.PROMPTS_PER_STEP * TinyRun.GROUP_SIZE);
      for (int pass = 0; pass < passes; pass++) {
        int wanted = pass;
        assertThat(rows.stream().filter(row -> row.pass() == wanted).map(StepRollout::rolloutId))
            .containsExactlyInAnyOrderElementsOf(
                used(k).stream().map(StepRollout::rolloutId).toList())
            .containsAll(fresh);
      }
    }
  }

  @Test
  void aStepScoresOnlyWhatNoEarlierStepHasWritten() {
    Map<String, Rollout> rollouts = rollouts();
    // Steps 0 and 1 have base = precedent = version 0; each row is (version, anchor) -> groups.
    assertThat(scored(rollouts, 0)).isEqualTo(Map.of("0 under 0", 4));
    // Lag 1 needs pi_1 alone: pi_0 stands in the table since step 0.
    assertThat(scored(rollouts, 1))
        .isEqualTo(Map.of("1 under 1", 2, "1 under 0", 2, "0 under 1", 2));
    Map<String, Integer> second = new TreeMap<>(scored(rollouts, 2));
    assertThat(second).containsEntry("2 under 2", 2).containsEntry("2 under 1", 2);
    assertThat(second).containsEntry("2 under 0", 2);
    assertThat(second).containsEntry("1 under 2", 1).doesNotContainKeys("1 under 1", "1 under 0");
    assertThat(second).containsEntry("0 under 2", 1).doesNotContainKey("0 under 0");
    // The base of step 3 is version 3 itself.
    assertThat(scored(rollouts, 3)).isEqualTo(Map.of("3 under 3", 4, "3 under 2", 4));
  }

  /** Groups scored in a step by version and anchor. */
  private Map<String, Integer> scored(Map<String, Rollout> rollouts, int step) {
    Map<String, Integer> rows = new TreeMap<>();
    for (AnchorLogprobs row : reference.anchorLogprobs().read(TinyRun.RUN, step, step)) {
      Rollout rollout = rollouts.get(row.rolloutId());
      rows.merge(rollout.policyVersion() + " under " + row.anchorVersion(), 1, Integer::sum);
    }
    rows.replaceAll((key, count) -> count / TinyRun.GROUP_SIZE);
    return rows;
  }

  @Test
  void byDefaultNothingIsScoredForTheStatisticsOfTheHistory() {
    // The rows of step 2 are those of the two replayed groups, which are scored anyway (above).
    List<HistoryStatistic> rows = reference.historyStatistics().read(TinyRun.RUN, 2, 2);
    assertThat(rows.stream().map(HistoryStatistic::rolloutId))
        .containsExactlyInAnyOrderElementsOf(
            used(2).stream().filter(r -> r.lag() > 0).map(StepRollout::rolloutId).toList());
    assertThat(rows).allMatch(row -> row.selected() && row.eligible());
    Map<String, Double> metrics =
        reference.trainSteps().read(TinyRun.RUN, 2).orElseThrow().metrics();
    // Lag 1 brings log pi_1 and log pi_0 along, lag 2 log pi_0 and, if it trained in step 1, log
    // pi_1.
    assertThat(metrics).containsEntry("anchors/scored/current", 16.0);
    assertThat(metrics.get("anchors/reused/base")).isEqualTo(2.0 * TinyRun.GROUP_SIZE);
    assertThat(metrics.get("anchors/reused/precedent")).isGreaterThanOrEqualTo(TinyRun.GROUP_SIZE);
    assertThat(metrics)
        .containsEntry("history/age/lag_0", 0.5)
        .containsEntry("history/mean_age", 0.75)
        .containsEntry("history/rollouts/lag_2", (double) TinyRun.GROUP_SIZE);
    assertThat(reference.historyStatistics().read(TinyRun.RUN, 0, 0)).isEmpty();
  }

  @Test
  void noScoreIsWrittenTwice() {
    List<AnchorLogprobs> rows = reference.anchorLogprobs().read(TinyRun.RUN, 0, TinyRun.STEPS);
    assertThat(rows.stream().map(row -> row.rolloutId() + " under " + row.anchorVersion()))
        .doesNotHaveDuplicates();
  }

  @Test
  void theTrainersMuIsCloseToTheSamplersAndNotTheSame() {
    Map<String, Rollout> rollouts = rollouts();
    double largest = 0;
    for (AnchorLogprobs row : reference.anchorLogprobs().read(TinyRun.RUN, 0, TinyRun.STEPS)) {
      Rollout rollout = rollouts.get(row.rolloutId());
      if (rollout.policyVersion() == row.anchorVersion()) {
        assertThat(row.step()).isEqualTo(row.anchorVersion());
        for (int t = 0; t < row.logprobs().length; t++) {
          largest = Math.max(largest, Math.abs(row.logprobs()[t] - rollout.behaviourLogprobs()[t]));
        }
      }
    }
    assertThat(largest).isBetween(0.0, 1e-4);
  }

  @Test
  void aReplayedRolloutIsTrainedAgainstTheMuOfItsFreshStep() {
    // log c = log pi_k - log mu, and both are in the table: their mean by lag is a metric.
    Map<String, Rollout> rollouts = rollouts();
    Map<String, float[]> scores = new TreeMap<>();
    reference
        .anchorLogprobs()
        .read(TinyRun.RUN, 0, TinyRun.STEPS)
        .forEach(row -> scores.put(row.rolloutId() + "@" + row.anchorVersion(), row.logprobs()));
    int step = 2;
    double sum = 0;
    long tokens = 0;
    for (StepRollout row : used(step)) {
      int version = rollouts.get(row.rolloutId()).policyVersion();
      float[] mu = scores.get(row.rolloutId() + "@" + version);
      float[] current = scores.get(row.rolloutId() + "@" + step);
      assertThat(mu).as("mu of " + row.rolloutId()).isNotNull();
      assertThat(current).isNotNull();
      if (row.lag() == 1) {
        for (int t = 0; t < mu.length; t++) {
          sum += current[t] - mu[t];
          tokens++;
        }
      }
    }
    Map<String, Double> metrics =
        reference.trainSteps().read(TinyRun.RUN, step).orElseThrow().metrics();
    String metric =
        metrics.keySet().stream()
            .filter(name -> name.contains("log_c") && name.contains("lag_1"))
            .filter(name -> name.contains("mean"))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no log c by lag in " + metrics.keySet()));
    assertThat(metrics.get(metric))
        .isCloseTo(sum / tokens, org.assertj.core.api.Assertions.within(1e-5));
  }

  /** A run of its own at step 0 with the reference's rollouts and rewards of one's choice. */
  private RunContext copyOfStepZero(String name, Predicate<Rollout> unscored, String status) {
    RunContext run =
        TinyRun.open(TinyRun.copyOfReference(directory.resolve(name)), Map.of("run.name", name));
    Policy base = reference.policies().read(TinyRun.RUN, 0).orElseThrow();
    run.lakehouse()
        .policies()
        .append(
            new Policy(
                name,
                0,
                base.attemptId(),
                null,
                0,
                0,
                0,
                base.checkpointUri(),
                base.weightsSha256(),
                run.config().resolved(),
                base.engine(),
                base.createdAt(),
                null));
    List<Rollout> rollouts =
        reference.rollouts().read(TinyRun.RUN, 0, 0).stream().map(r -> of(name, r)).toList();
    VerifierKey key = new VerifierKey(run.verifier().id(), run.verifier().version());
    Map<String, Reward> rewards = reference.rewards().read(TinyRun.RUN, 0, 0, key);
    run.lakehouse().rollouts().append(name, 0, rollouts);
    run.lakehouse()
        .rewards()
        .append(
            name,
            0,
            key,
            rollouts.stream()
                .map(
                    r -> {
                      Reward old = rewards.get(r.rolloutId());
                      boolean scored = !unscored.test(r);
                      return new Reward(
                          r.rolloutId(),
                          name,
                          0,
                          key.id(),
                          key.version(),
                          scored ? Reward.SCORED : status,
                          scored ? old.reward() : null,
                          scored ? old.correct() : null,
                          scored ? old.formatOk() : null,
                          "");
                    })
                .toList());
    return run;
  }

  private static Rollout of(String run, Rollout r) {
    return Copies.of(r, r.rolloutId(), run, r.policyVersion());
  }

  private void assertOneGroupIsLeftOut(String status) {
    String name = "one-" + status;
    String group = reference.rollouts().read(TinyRun.RUN, 0, 0).get(0).groupId();
    RunContext run =
        copyOfStepZero(name, r -> r.groupId().equals(group) && r.sampleIndex() == 2, status);
    TrainStep step = new TrainJob(run).run(RunState.require(run.lakehouse(), name), new Times());
    assertThat(step.skippedGroups()).isEqualTo(1);
    assertThat(step.freshRollouts()).isEqualTo(3 * TinyRun.GROUP_SIZE);
    assertThat(step.metrics()).containsEntry("data/skipped_groups", 1.0);
    Map<String, Rollout> rollouts = rollouts();
    assertThat(run.lakehouse().stepRollouts().read(name, 0, 0))
        .hasSize(2 * 3 * TinyRun.GROUP_SIZE)
        .noneMatch(row -> rollouts.get(row.rolloutId()).groupId().equals(group));
  }

  @Test
  void aGroupWithAPendingRewardLeavesTheStepWholeAndIsCounted() {
    assertOneGroupIsLeftOut(Reward.PENDING);
  }

  @Test
  void aGroupWithAFailedRewardLeavesTheStepWholeAndIsCounted() {
    assertOneGroupIsLeftOut(Reward.FAILED);
  }

  @Test
  void aStepWithoutAnyScoredGroupIsRefusedAndCommitsNothing() {
    String name = "none";
    RunContext run = copyOfStepZero(name, r -> r.sampleIndex() == 0, Reward.PENDING);
    RunState state = RunState.require(run.lakehouse(), name);
    assertThatThrownBy(() -> new TrainJob(run).run(state, new Times()))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("4 groups have a pending or failed reward");
    assertThat(run.lakehouse().trainSteps().read(name)).isEmpty();
  }

  @Test
  void theJobItselfRefusesTheStepOfAMissingReincarnation() {
    // Versions 0 to 3 are there, the incarnation of step 3 is not: as if its row were lost.
    RunContext run = TinyRun.reference();
    Policy third = reference.policies().read(TinyRun.RUN, TinyRun.REINCARNATION).orElseThrow();
    RunState state = new RunState(third, java.util.Optional.empty());
    assertThatThrownBy(() -> new TrainJob(run).run(state, new Times()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("Step 3")
        .hasMessageContaining("sponge reincarnate");
  }
}
