package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.table.StepRollout;
import dev.sponge.jobs.table.TrainStep;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** rollout.refill_rounds with history in steps 1 and on-policy in step 2. */
class RefillRunTest {
  private static final int ROUNDS = 3;

  @TempDir Path directory;

  private RunContext open(String work, int steps) {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("run.steps", "" + steps);
    keys.put("reincarnation.step", "2");
    keys.put("rollout.refill_rounds", "" + ROUNDS);
    keys.put("rollout.group_size", "2");
    keys.put("advantage.zero_variance_groups", "drop");
    keys.put("evaluation.every", "100");
    return TinyRun.open(directory.resolve(work), keys);
  }

  private static Path weights(RunContext run, int version) {
    Policy policy = run.lakehouse().policies().read(TinyRun.RUN, version).orElseThrow();
    return run.checkpoints().fetch(policy.checkpointUri()).resolve("model.safetensors");
  }

  /** Whether the two rewards of each group differ. */
  private static Map<String, Boolean> mixed(RunContext run) {
    Lakehouse lake = run.lakehouse();
    VerifierKey key = new VerifierKey(run.verifier().id(), run.verifier().version());
    Map<String, Reward> rewards = lake.rewards().read(TinyRun.RUN, 0, 3, key);
    Map<String, Boolean> mixed = new TreeMap<>();
    lake.rollouts().read(TinyRun.RUN, 0, 3).stream()
        .collect(Collectors.groupingBy(Rollout::groupId))
        .forEach(
            (id, members) ->
                mixed.put(
                    id,
                    members.stream()
                            .map(r -> rewards.get(r.rolloutId()).reward())
                            .distinct()
                            .count()
                        > 1));
    return mixed;
  }

  @Test
  void groupsWithEqualRewardsAreReplacedWithinOneCommit() {
    RunContext whole = open("whole", 3);
    new ReMixLoop(whole).run();
    Lakehouse lake = whole.lakehouse();
    assertThat(lake.rollouts().version()).as("one commit a step").isEqualTo(3);
    assertThat(lake.rewards().version()).isEqualTo(3);
    Map<String, Boolean> mixed = mixed(whole);
    int refilled = 0;
    for (int k = 0; k < 3; k++) {
      refilled += assertStep(lake, mixed, k, k == 1 ? 2 : TinyRun.PROMPTS_PER_STEP);
    }
    assertThat(refilled).as("groups of further rounds").isPositive();
    assertThat(lake.trainSteps().read(TinyRun.RUN, 1).orElseThrow().replayedRollouts())
        .isPositive();

    new ReMixLoop(open("parts", 1)).run();
    RunContext rest = open("parts", 3);
    new ReMixLoop(rest).run();
    assertThat(weights(rest, 3)).hasSameBinaryContentAs(weights(whole, 3));
    Map<String, List<String>> expected = Contents.of(lake, TinyRun.RUN);
    expected
        .keySet()
        .retainAll(
            List.of("rollouts", "rewards", "anchor_logprobs", "step_rollouts", "train_steps"));
    Contents.assertEqual(Contents.of(rest.lakehouse(), TinyRun.RUN), expected);
  }

  /** Returns the groups that further rounds made. */
  private static int assertStep(Lakehouse lake, Map<String, Boolean> mixed, int k, int wanted) {
    List<Rollout> rollouts = lake.rollouts().read(TinyRun.RUN, k, k);
    Set<String> groups = rollouts.stream().map(Rollout::groupId).collect(Collectors.toSet());
    Set<String> informative = groups.stream().filter(mixed::get).collect(Collectors.toSet());
    assertThat(rollouts.stream().map(Rollout::promptId).distinct()).hasSameSizeAs(groups);
    assertThat(informative.size()).isLessThanOrEqualTo(wanted);
    TrainStep step = lake.trainSteps().read(TinyRun.RUN, k).orElseThrow();
    assertThat(step.freshRollouts()).isEqualTo(rollouts.size()).isEqualTo(2 * groups.size());
    assertThat(step.metrics())
        .containsEntry("data/missing_groups", (double) wanted - informative.size());
    if (groups.size() == wanted) {
      assertThat(informative).as("no further round, so the batch is full").hasSize(wanted);
    }
    Map<String, String> groupOf =
        lake.rollouts().read(TinyRun.RUN, 0, 3).stream()
            .collect(Collectors.toMap(Rollout::rolloutId, Rollout::groupId));
    Set<String> trained =
        lake.stepRollouts().read(TinyRun.RUN, k, k).stream()
            .map(StepRollout::rolloutId)
            .map(groupOf::get)
            .collect(Collectors.toSet());
    assertThat(informative).isNotEmpty();
    assertThat(trained).allMatch(mixed::get).containsAll(informative);
    int units = rollouts.stream().mapToInt(Rollout::workUnit).max().orElseThrow() + 1;
    assertThat(rollouts.stream().map(Rollout::workUnit).distinct())
        .as("units are numbered through")
        .hasSize(units);
    return groups.size() - wanted;
  }
}
