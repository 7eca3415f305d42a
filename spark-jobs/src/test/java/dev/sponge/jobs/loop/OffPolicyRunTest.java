package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.AnchorLogprobs;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.table.StepRollout;
import dev.sponge.jobs.table.TrainStep;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** history.share = 1: steps 1 and 2 train on history alone, step 3 is past T and on-policy. */
class OffPolicyRunTest {
  @TempDir Path directory;

  private RunContext open(String work, int steps, int versions) {
    return TinyRun.open(
        directory.resolve(work),
        Map.of(
            "run.steps",
            "" + steps,
            "history.share",
            "1",
            "history.versions",
            "" + versions,
            // Then nothing but log mu itself is scored under the version before.
            "objective.kl.precedent",
            "k",
            "evaluation.every",
            "100"));
  }

  private static Path weights(RunContext run, int version) {
    Policy policy = run.lakehouse().policies().read(TinyRun.RUN, version).orElseThrow();
    return run.checkpoints().fetch(policy.checkpointUri()).resolve("model.safetensors");
  }

  /** Groups that trained in a step, by lag. */
  private static Map<Integer, Long> groupsByLag(Lakehouse lake, int step) {
    return lake.stepRollouts().read(TinyRun.RUN, step, step).stream()
        .filter(row -> row.pass() == 0)
        .collect(
            Collectors.groupingBy(
                StepRollout::lag,
                Collectors.collectingAndThen(
                    Collectors.counting(), rows -> rows / TinyRun.GROUP_SIZE)));
  }

  private static List<Integer> sampledGroups(Lakehouse lake) {
    return lake.trainSteps().read(TinyRun.RUN).stream()
        .map(step -> step.freshRollouts() / TinyRun.GROUP_SIZE)
        .toList();
  }

  @Test
  void withOneVersionEveryStepTrainsOnTheRolloutsOfThePolicyBefore() {
    RunContext run = open("one", 4, 1);
    new ReMixLoop(run).run();
    Lakehouse lake = run.lakehouse();
    assertThat(groupsByLag(lake, 0)).isEqualTo(Map.of(0, 4L));
    assertThat(groupsByLag(lake, 1)).isEqualTo(Map.of(1, 4L));
    assertThat(groupsByLag(lake, 2)).isEqualTo(Map.of(1, 4L));
    assertThat(groupsByLag(lake, 3)).isEqualTo(Map.of(0, 4L));
    assertThat(sampledGroups(lake)).containsExactly(4, 4, 4, 4);
    assertRowsAndMetrics(run);
  }

  @Test
  void withTwoVersionsAStepSamplesHalfABatchAndAStoppedRunGoesOnWithTheSameBytes() {
    RunContext whole = open("whole", 4, 2);
    new ReMixLoop(whole).run();
    Lakehouse lake = whole.lakehouse();
    assertThat(groupsByLag(lake, 1)).isEqualTo(Map.of(1, 4L));
    assertThat(groupsByLag(lake, 2)).isEqualTo(Map.of(1, 2L, 2, 2L));
    assertThat(groupsByLag(lake, 3)).isEqualTo(Map.of(0, 4L));
    assertThat(sampledGroups(lake)).containsExactly(4, 2, 2, 4);
    assertRowsAndMetrics(whole);

    new ReMixLoop(open("parts", 2, 2)).run();
    RunContext rest = open("parts", 4, 2);
    new ReMixLoop(rest).run();
    assertThat(weights(rest, 4)).hasSameBinaryContentAs(weights(whole, 4));
    Map<String, List<String>> expected = Contents.of(lake, TinyRun.RUN);
    expected
        .keySet()
        .retainAll(
            List.of("rollouts", "rewards", "anchor_logprobs", "step_rollouts", "train_steps"));
    Contents.assertEqual(Contents.of(rest.lakehouse(), TinyRun.RUN), expected);
  }

  private static void assertRowsAndMetrics(RunContext run) {
    Lakehouse lake = run.lakehouse();
    Map<String, Rollout> rollouts =
        lake.rollouts().read(TinyRun.RUN, 0, 4).stream()
            .collect(Collectors.toMap(Rollout::rolloutId, Function.identity()));
    List<String> scoredByTheirOwnPolicy =
        lake.anchorLogprobs().read(TinyRun.RUN, 0, 4).stream()
            .filter(row -> rollouts.get(row.rolloutId()).policyVersion() == row.anchorVersion())
            .map(AnchorLogprobs::rolloutId)
            .toList();
    List<StepRollout> replayed =
        lake.stepRollouts().read(TinyRun.RUN, 0, 4).stream().filter(r -> r.lag() > 0).toList();
    assertThat(replayed)
        .isNotEmpty()
        .allSatisfy(row -> assertThat(scoredByTheirOwnPolicy).contains(row.rolloutId()));
    assertThat(weights(run, 3)).isRegularFile();

    TrainStep second = lake.trainSteps().read(TinyRun.RUN, 1).orElseThrow();
    assertThat(second.historyShare()).isEqualTo(1);
    assertThat(second.replayedRollouts()).isEqualTo(4 * TinyRun.GROUP_SIZE);
    VerifierKey key = new VerifierKey(run.verifier().id(), run.verifier().version());
    double mean =
        lake.rewards().read(TinyRun.RUN, 1, 1, key).values().stream()
            .mapToDouble(Reward::reward)
            .average()
            .orElseThrow();
    assertThat(second.metrics().get("critic/rewards/mean")).isCloseTo(mean, within(1e-12));
    assertThat(second.metrics()).doesNotContainKey("actor/ratio/lag_0/mean");
  }
}
