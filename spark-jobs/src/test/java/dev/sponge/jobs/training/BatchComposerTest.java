package dev.sponge.jobs.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.run.GroupNames;
import dev.sponge.jobs.run.RunPlan;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Rollout;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BatchComposerTest {
  private static final int GROUP_SIZE = 8;

  private static BatchComposition compose(int k, Map<String, String> keys, StepGroup... groups) {
    Map<String, String> all = new HashMap<>(keys);
    all.put("rollout.prompts_per_step", "4");
    SpongeConfig config = SpongeConfig.load(Optional.empty(), all);
    Policy policy =
        new Policy(
            "main",
            k,
            "attempt",
            k > 0 ? k - 1 : null,
            0,
            0,
            1,
            "uri",
            "0",
            "{}",
            "cpu",
            Instant.EPOCH,
            null);
    Map<Integer, List<StepGroup>> byVersion = new HashMap<>();
    for (StepGroup group : groups) {
      byVersion.computeIfAbsent(group.version(), v -> new ArrayList<>()).add(group);
    }
    RunState state = new RunState(policy, Optional.empty());
    return new BatchComposer(config, RunPlan.schedule(config), state).compose(byVersion);
  }

  private static StepGroup group(String groupId, int version, int right) {
    String prompt = groupId.substring(0, groupId.indexOf('@'));
    List<Rollout> rollouts = new ArrayList<>();
    double[] rewards = new double[GROUP_SIZE];
    for (int i = 0; i < GROUP_SIZE; i++) {
      rewards[i] = i < right ? 1 : 0;
      rollouts.add(
          new Rollout(
              groupId + i,
              "main",
              version,
              prompt,
              groupId,
              i,
              0,
              new int[] {1},
              new int[] {2},
              "",
              new float[] {-1},
              null,
              "stop",
              i,
              1,
              8,
              "cpu",
              "float32",
              Instant.EPOCH));
    }
    return new StepGroup(rollouts, rewards, right);
  }

  private static StepGroup fresh(String prompt, int version, int right) {
    return group(GroupNames.fresh(prompt, version), version, right);
  }

  private static List<String> ids(List<StepGroup> groups) {
    return groups.stream().map(StepGroup::id).toList();
  }

  private static final Map<String, String> DIFFICULTY =
      Map.of("history.selection", "difficulty", "history.share", "0");

  @Test
  void difficultyTakesMixedFreshImprovedHardAndMiddlingGroups() {
    BatchComposition batch =
        compose(
            5,
            DIFFICULTY,
            fresh("a", 5, 0),
            fresh("b", 5, 3),
            fresh("c", 5, 8),
            group(GroupNames.again("d", 5), 5, 2),
            group(GroupNames.again("e", 5), 5, 1),
            fresh("f", 4, 5),
            fresh("g", 4, 6),
            fresh("h", 3, 1),
            fresh("b", 3, 4));
    assertThat(ids(batch.trained())).containsExactly("b@5", "d@5/again", "f@4", "h@3");
    assertThat(ids(batch.held())).containsExactly("a@5", "c@5", "e@5/again");
    assertThat(batch.metrics())
        .containsEntry("data/mixed_fresh_groups", 1.0)
        .containsEntry("data/hard_groups", 2.0)
        .containsEntry("data/improved_hard_groups", 1.0)
        .containsEntry("data/middling_groups", 2.0)
        .containsEntry("data/unfiltered_batch", 0.0);
  }

  @Test
  void aBatchThatWouldBeEmptyIsThatOfTheFreshGroups() {
    BatchComposition batch =
        compose(
            5,
            DIFFICULTY,
            fresh("a", 5, 0),
            fresh("b", 5, 8),
            group(GroupNames.again("c", 5), 5, 0),
            fresh("d", 4, 8));
    assertThat(ids(batch.trained())).containsExactly("a@5", "b@5");
    assertThat(ids(batch.held())).containsExactly("c@5/again");
    assertThat(batch.metrics()).containsEntry("data/unfiltered_batch", 1.0);
  }

  @Test
  void inPhaseTwoAllFreshGroupsTrain() {
    Map<String, String> keys = new HashMap<>(DIFFICULTY);
    keys.put("reincarnation.step", "5");
    BatchComposition batch = compose(5, keys, fresh("a", 5, 0), fresh("b", 5, 3));
    assertThat(ids(batch.trained())).containsExactly("a@5", "b@5");
    assertThat(batch.held()).isEmpty();
    assertThat(batch.metrics()).isEmpty();
  }

  @Test
  void refilledBatchesHoldGroupsWithUnequalRewardsAlone() {
    Map<String, String> keys =
        Map.of(
            "rollout.refill_rounds", "2",
            "advantage.zero_variance_groups", "drop",
            "history.share", "0.5");
    BatchComposition batch =
        compose(
            1,
            keys,
            fresh("a", 1, 0),
            fresh("b", 1, 1),
            fresh("c", 1, 2),
            fresh("d", 1, 3),
            fresh("e", 0, 8),
            fresh("f", 0, 4));
    assertThat(ids(batch.trained())).as("two of both").containsExactly("b@1", "c@1", "f@0");
    assertThat(ids(batch.held())).as("what has something to teach").containsExactly("d@1");
    assertThat(batch.metrics())
        .containsEntry("data/mixed_fresh_groups", 2.0)
        .containsEntry("data/missing_groups", 0.0);
    BatchComposition none = compose(1, keys, fresh("a", 1, 0), fresh("b", 1, 0), fresh("c", 1, 8));
    assertThat(ids(none.trained())).containsExactly("a@1", "b@1");
    assertThat(none.metrics()).containsEntry("data/missing_groups", 2.0);
  }

  @Test
  void atShareOneFreshGroupsTrainOnlyWhereThereIsNoHistory() {
    Map<String, String> keys = Map.of("history.share", "1", "history.versions", "1");
    BatchComposition first = compose(0, keys, fresh("a", 0, 3));
    assertThat(ids(first.trained())).containsExactly("a@0");
    BatchComposition later = compose(3, keys, fresh("a", 3, 3), fresh("b", 2, 4));
    assertThat(ids(later.trained())).as("what is there").containsExactly("b@2");
    assertThat(ids(later.held())).containsExactly("a@3");
  }
}
