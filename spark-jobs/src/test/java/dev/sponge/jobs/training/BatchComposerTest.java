package dev.sponge.jobs.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.run.GroupNames;
import dev.sponge.jobs.run.RunPlan;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.training.RolloutUses.Use;
import dev.sponge.rl.batch.RatioStatistics;
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
    return compose(k, keys, Map.of(), groups);
  }

  /**
   * @param uses of the rollouts of some groups, by group
   */
  private static BatchComposition compose(
      int k, Map<String, String> keys, Map<String, Use> uses, StepGroup... groups) {
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
    Map<String, Use> byRollout = new HashMap<>();
    uses.forEach((group, use) -> byRollout.put(group + 0, use));
    ReplayChoice replay =
        new ReplayChoice(config, k, new RolloutUses(byRollout), BatchComposerTest::ratios);
    return new BatchComposer(config, RunPlan.schedule(config), state, replay).compose(byVersion);
  }

  /** Tokens of group g have the log-ratios g and -g, where g is the number in the prompt. */
  private static Map<ReplayChoice.Key, RatioStatistics> ratios(List<StepGroup> groups) {
    Map<ReplayChoice.Key, RatioStatistics> ratios = new HashMap<>();
    for (StepGroup group : groups) {
      double spread = Integer.parseInt(group.rollouts().get(0).promptId().substring(1)) / 10.0;
      ratios.put(ReplayChoice.Key.of(group), RatioStatistics.of(new double[] {spread, -spread}));
    }
    return ratios;
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

  private static final StepGroup[] WINDOW = {
    fresh("a0", 5, 3),
    fresh("b0", 5, 3),
    fresh("n1", 4, 4),
    fresh("n2", 4, 1),
    fresh("o3", 3, 4),
    fresh("o4", 3, 4)
  };

  /** What step 5 replays of {@link #WINDOW}, half a batch of four. */
  private static List<String> replayed(Map<String, String> keys, Map<String, Use> uses) {
    Map<String, String> all = new HashMap<>(keys);
    all.putIfAbsent("history.share", "0.5");
    List<String> trained = ids(compose(5, all, uses, WINDOW).trained());
    assertThat(trained.subList(0, 2)).containsExactly("a0@5", "b0@5");
    return trained.subList(2, trained.size());
  }

  @Test
  void uniformTakesOneOfEachVersionAndLooksAtNoRatios() {
    List<String> chosen = replayed(Map.of(), Map.of());
    assertThat(chosen).hasSize(2);
    assertThat(chosen.get(0)).endsWith("@3");
    assertThat(chosen.get(1)).endsWith("@4");
  }

  @Test
  void newestAndEffectiveSampleSizeChooseWholeGroups() {
    assertThat(replayed(Map.of("history.selector", "newest"), Map.of()))
        .containsExactlyInAnyOrder("n1@4", "n2@4");
    assertThat(replayed(Map.of("history.selector", "ess"), Map.of()))
        .containsExactlyInAnyOrder("n1@4", "n2@4");
    // exp(0.2) is 1.22, exp(0.1) 1.11.
    Map<String, String> near =
        Map.of("history.selector", "ess", "history.eligible.max_ratio", "1.15");
    BatchComposition batch = compose(5, near, WINDOW);
    assertThat(ids(batch.trained())).as("one passes").containsExactly("a0@5", "b0@5", "n1@4");
  }

  @Test
  void priorityWeighsAgeUsesAndTheSpreadOfRewards() {
    Map<String, String> age = Map.of("history.selector", "priority");
    // Scores -1, -1 - 2 * 1, -2, -2 - 2 * 3.
    Map<String, Use> uses = Map.of("n2@4", new Use(2, 1), "o4@3", new Use(6, 3));
    assertThat(replayed(age, uses)).containsExactly("o3@3", "n1@4");
    Map<String, String> spread =
        Map.of(
            "history.selector", "priority",
            "history.priority.age", "0",
            "history.priority.use", "0",
            "history.priority.advantage", "1");
    assertThat(replayed(spread, Map.of()))
        .as("half of the answers are right in two of three")
        .doesNotContain("n2@4");
  }

  @Test
  void capsOnAgeUsesAndTokensHold() {
    assertThat(replayed(Map.of("history.max_lag", "1"), Map.of()))
        .containsExactlyInAnyOrder("n1@4", "n2@4");
    // Two passes a step: after two more n1 would be at 6, of which one rollout is enough.
    Map<String, Use> uses = Map.of("n1@4", new Use(4, 2), "n2@4", new Use(2, 1));
    Map<String, String> most = Map.of("history.max_uses", "5", "history.selector", "newest");
    assertThat(replayed(most, uses)).hasSize(2).contains("n2@4").doesNotContain("n1@4");
    // A group has eight tokens.
    assertThat(replayed(Map.of("history.token_budget", "15"), Map.of())).hasSize(1);
    assertThat(replayed(Map.of("history.token_budget", "16"), Map.of())).hasSize(2);
    assertThat(replayed(Map.of("history.token_budget", "7"), Map.of())).isEmpty();
  }

  @Test
  void whereNothingIsEligibleFreshGroupsTrain() {
    Map<String, String> none = Map.of("history.eligible.min_ess", "1");
    assertThat(replayed(none, Map.of())).isEmpty();
    Map<String, String> alone = new HashMap<>(none);
    alone.put("history.share", "1");
    assertThat(ids(compose(5, alone, WINDOW).trained())).containsExactly("a0@5", "b0@5");
  }

  @Test
  void capsHoldForTheBufferByDifficultyToo() {
    Map<String, String> keys = new HashMap<>(DIFFICULTY);
    keys.put("history.max_uses", "3");
    Map<String, Use> uses = Map.of("n1@4", new Use(2, 1));
    assertThat(ids(compose(5, keys, uses, WINDOW).trained()))
        .contains("o3@3")
        .doesNotContain("n1@4");
  }

  @Test
  void groupsOfTwoRunsWithOneIdAreTwoGroups() {
    StepGroup own = fresh("n1", 0, 4);
    StepGroup foreign = new StepGroup(-1, own.rollouts(), own.rewards(), own.right());
    Map<String, String> keys = Map.of("history.share", "0.5");
    BatchComposition batch =
        compose(1, warm(keys), fresh("a0", 1, 3), fresh("b0", 1, 3), own, foreign);
    assertThat(batch.trained().subList(2, 4)).containsExactly(foreign, own);
  }

  private static Map<String, String> warm(Map<String, String> keys) {
    Map<String, String> all = new HashMap<>(keys);
    all.put("warm_start.run", "other");
    all.put("warm_start.to_version", "3");
    return all;
  }
}
