package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.run.GroupNames;
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

/** history.selection = difficulty: hard prompts in steps 1 and 2, step 3 is past T. */
class DifficultyRunTest {
  private static final double HARD = 0.5;
  private static final double FROM = 0.25;
  private static final double TO = 0.75;

  @TempDir Path directory;

  private RunContext open(String work, int steps) {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("run.steps", "" + steps);
    keys.put("history.selection", "difficulty");
    keys.put("history.share", "0.5");
    keys.put("history.difficulty.reroll_every", "1");
    keys.put("history.difficulty.reroll_limit", "2");
    keys.put("history.difficulty.hard.low", "" + HARD);
    keys.put("history.difficulty.hard.high", "" + HARD);
    keys.put("history.difficulty.replay_from.low", "" + FROM);
    keys.put("history.difficulty.replay_from.high", "" + FROM);
    keys.put("history.difficulty.replay_to.low", "" + TO);
    keys.put("history.difficulty.replay_to.high", "" + TO);
    keys.put("evaluation.every", "100");
    return TinyRun.open(directory.resolve(work), keys);
  }

  private static Path weights(RunContext run, int version) {
    Policy policy = run.lakehouse().policies().read(TinyRun.RUN, version).orElseThrow();
    return run.checkpoints().fetch(policy.checkpointUri()).resolve("model.safetensors");
  }

  /** A group with its share of right answers. */
  private record Rolled(String id, String prompt, int version, double accuracy) {
    boolean mixed() {
      return accuracy > 0 && accuracy < 1;
    }
  }

  private static Map<String, Rolled> groups(RunContext run) {
    Lakehouse lake = run.lakehouse();
    VerifierKey key = new VerifierKey(run.verifier().id(), run.verifier().version());
    Map<String, Reward> rewards = lake.rewards().read(TinyRun.RUN, 0, 4, key);
    Map<String, List<Rollout>> members =
        lake.rollouts().read(TinyRun.RUN, 0, 4).stream()
            .collect(Collectors.groupingBy(Rollout::groupId));
    Map<String, Rolled> groups = new TreeMap<>();
    members.forEach(
        (id, rollouts) -> {
          assertThat(rollouts).hasSize(TinyRun.GROUP_SIZE);
          double accuracy =
              rollouts.stream()
                  .mapToDouble(r -> rewards.get(r.rolloutId()).reward())
                  .average()
                  .orElseThrow();
          Rollout first = rollouts.get(0);
          groups.put(id, new Rolled(id, first.promptId(), first.policyVersion(), accuracy));
        });
    return groups;
  }

  private static Set<String> trained(Lakehouse lake, int step) {
    Map<String, String> groupOf =
        lake.rollouts().read(TinyRun.RUN, 0, 4).stream()
            .collect(Collectors.toMap(Rollout::rolloutId, Rollout::groupId));
    return lake.stepRollouts().read(TinyRun.RUN, step, step).stream()
        .map(StepRollout::rolloutId)
        .map(groupOf::get)
        .collect(Collectors.toSet());
  }

  @Test
  void theBatchIsMixedFreshGroupsImprovedHardPromptsAndMiddlingHistory() {
    RunContext whole = open("whole", 4);
    new ReMixLoop(whole).run();
    Map<String, Rolled> groups = groups(whole);
    Map<String, Double> replayed = new TreeMap<>();
    for (int k = 0; k < 3; k++) {
      assertHardPrompts(groups, k);
      assertBatch(whole.lakehouse(), groups, k, replayed);
    }
    assertThat(replayed).as("some group of the history trains").isNotEmpty();
    assertThat(trained(whole.lakehouse(), 3))
        .as("phase 2 trains on all its fresh groups")
        .hasSize(TinyRun.PROMPTS_PER_STEP)
        .allMatch(id -> groups.get(id).version() == 3 && !GroupNames.isAgain(id));
    assertSeedsDiffer(whole.lakehouse());

    new ReMixLoop(open("parts", 2)).run();
    RunContext rest = open("parts", 4);
    new ReMixLoop(rest).run();
    assertThat(weights(rest, 4)).hasSameBinaryContentAs(weights(whole, 4));
    Map<String, List<String>> expected = Contents.of(whole.lakehouse(), TinyRun.RUN);
    expected
        .keySet()
        .retainAll(
            List.of("rollouts", "rewards", "anchor_logprobs", "step_rollouts", "train_steps"));
    Contents.assertEqual(Contents.of(rest.lakehouse(), TinyRun.RUN), expected);
  }

  /** Prompts asked again in step k were hard by their latest group. */
  private static void assertHardPrompts(Map<String, Rolled> groups, int k) {
    Map<String, Rolled> latest = new TreeMap<>();
    groups.values().stream()
        .filter(g -> g.version() < k)
        .forEach(g -> latest.merge(g.prompt(), g, (a, b) -> a.version() > b.version() ? a : b));
    Set<String> asked =
        groups.values().stream()
            .filter(g -> g.version() == k && !GroupNames.isAgain(g.id()))
            .map(Rolled::prompt)
            .collect(Collectors.toSet());
    long hard =
        latest.values().stream()
            .filter(g -> g.accuracy() <= HARD && !asked.contains(g.prompt()))
            .count();
    List<Rolled> again =
        groups.values().stream()
            .filter(g -> g.version() == k && GroupNames.isAgain(g.id()))
            .toList();
    assertThat(again)
        .as("hard prompts of step " + k)
        .hasSize((int) Math.min(hard, 2))
        .allSatisfy(g -> assertThat(latest.get(g.prompt()).accuracy()).isLessThanOrEqualTo(HARD));
  }

  private static void assertBatch(
      Lakehouse lake, Map<String, Rolled> groups, int k, Map<String, Double> replayed) {
    TrainStep step = lake.trainSteps().read(TinyRun.RUN, k).orElseThrow();
    List<Rolled> current = groups.values().stream().filter(g -> g.version() == k).toList();
    assertThat(step.freshRollouts()).isEqualTo(current.size() * TinyRun.GROUP_SIZE);
    List<String> expected =
        current.stream()
            .filter(g -> g.mixed() && (!GroupNames.isAgain(g.id()) || g.accuracy() > HARD))
            .map(Rolled::id)
            .toList();
    Set<String> batch = trained(lake, k);
    assertThat(batch.size()).isBetween(1, TinyRun.PROMPTS_PER_STEP);
    assertThat(batch.stream().map(id -> groups.get(id).prompt())).doesNotHaveDuplicates();
    if (step.metrics().get("data/unfiltered_batch") == 0) {
      assertThat(batch.stream().filter(id -> groups.get(id).version() == k))
          .containsExactlyInAnyOrderElementsOf(expected);
    }
    batch.stream()
        .map(groups::get)
        .filter(g -> g.version() < k)
        .forEach(
            g -> {
              assertThat(g.accuracy()).isBetween(FROM, TO);
              assertThat(g.version()).isGreaterThanOrEqualTo(k - 2);
              replayed.put(g.id() + " in " + k, g.accuracy());
            });
    assertThat(step.replayedRollouts())
        .isEqualTo(
            TinyRun.GROUP_SIZE
                * (int) batch.stream().filter(id -> groups.get(id).version() < k).count());
  }

  private static void assertSeedsDiffer(Lakehouse lake) {
    List<Rollout> rollouts = lake.rollouts().read(TinyRun.RUN, 0, 4);
    assertThat(rollouts.stream().map(Rollout::seed)).doesNotHaveDuplicates();
    assertThat(rollouts.stream().map(Rollout::rolloutId)).doesNotHaveDuplicates();
    assertThat(rollouts).anyMatch(rollout -> GroupNames.isAgain(rollout.groupId()));
  }
}
