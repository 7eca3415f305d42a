package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.prepare.PrepareJob;
import dev.sponge.jobs.run.PassedOver;
import dev.sponge.jobs.run.PromptSchedule;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.PromptDifficulty;
import dev.sponge.jobs.table.RejectedPrompt;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.Rollout;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** rollout.prompt_selection in whole runs. An epoch has two steps, so that prompts come again. */
class PromptSelectionRunTest {
  private static final int STEPS = 3;
  private static final int PROMPTS = 4;
  private static final int ALL = 9;

  @TempDir Path directory;

  private RunContext open(String work, int steps, Map<String, String> more) {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("run.steps", "" + steps);
    keys.put("history.share", "0");
    keys.put("reincarnation.step", "0");
    keys.put("data.train_problems", "" + ALL);
    keys.put("rollout.group_size", "2");
    keys.put("evaluation.every", "100");
    keys.putAll(more);
    return TinyRun.open(directory.resolve(work), keys);
  }

  private static Set<String> asked(Lakehouse lake, int k) {
    return lake.rollouts().read(TinyRun.RUN, k, k).stream()
        .map(Rollout::promptId)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Prompts whose last group before step k was all right or all wrong. */
  private static Set<String> settled(RunContext run, int k) {
    Lakehouse lake = run.lakehouse();
    VerifierKey key = new VerifierKey(run.verifier().id(), run.verifier().version());
    Set<String> settled = new TreeSet<>();
    for (int version = 0; version < k; version++) {
      Map<String, Reward> rewards = lake.rewards().read(TinyRun.RUN, version, version, key);
      lake.rollouts().read(TinyRun.RUN, version, version).stream()
          .collect(Collectors.groupingBy(Rollout::promptId))
          .forEach(
              (prompt, group) -> {
                long right = group.stream().filter(r -> rewards.get(r.rolloutId()).right()).count();
                if (right == 0 || right == group.size()) {
                  settled.add(prompt);
                } else {
                  settled.remove(prompt);
                }
              });
    }
    return settled;
  }

  private static List<String> block(RunContext run, int k) {
    return PromptSchedule.of(run).block(k, PROMPTS).stream().map(Prompt::promptId).toList();
  }

  @Test
  void settledPromptsWaitWhileThereAreOthers() {
    Map<String, String> skip = Map.of("rollout.prompt_selection.strategy", "skip-settled");
    RunContext whole = open("whole", STEPS, skip);
    new ReMixLoop(whole).run();
    Lakehouse lake = whole.lakehouse();
    double passedOver = 0;
    for (int k = 0; k < STEPS; k++) {
      Set<String> settled = settled(whole, k);
      Set<String> asked = asked(lake, k);
      List<String> block = block(whole, k);
      assertThat(asked).hasSize(PROMPTS);
      assertThat(asked.stream().filter(settled::contains).count())
          .as("settled prompts asked in step " + k)
          .isEqualTo(Math.max(0, PROMPTS - (ALL - settled.size())));
      assertThat(asked).containsAll(block.stream().filter(id -> !settled.contains(id)).toList());
      double count =
          lake.trainSteps().read(TinyRun.RUN, k).orElseThrow().metrics().get(PassedOver.METRIC);
      assertThat((long) count).isEqualTo(block.stream().filter(id -> !asked.contains(id)).count());
      passedOver += count;
    }
    assertThat(passedOver).as("some prompt was passed over").isPositive();

    new ReMixLoop(open("parts", 1, skip)).run();
    RunContext rest = open("parts", STEPS, skip);
    new ReMixLoop(rest).run();
    Map<String, List<String>> expected = Contents.of(lake, TinyRun.RUN);
    expected.keySet().retainAll(List.of("rollouts", "rewards", "step_rollouts", "train_steps"));
    Contents.assertEqual(Contents.of(rest.lakehouse(), TinyRun.RUN), expected);
  }

  @Test
  void predictionsAndRejectionsKeepPromptsOutOfTheFirstStep() {
    RunContext uniform = open("band", 1, Map.of());
    new PrepareJob(uniform).run();
    List<String> block = block(uniform, 0);
    List<PromptDifficulty> predictions =
        uniform.lakehouse().prompts().read("train").stream()
            .map(
                p ->
                    new PromptDifficulty(
                        p.promptId(),
                        "fit",
                        p.promptId().equals(block.get(0)) ? 0.99 : 0.5,
                        null,
                        0,
                        Instant.EPOCH))
            .toList();
    uniform.lakehouse().promptDifficulty().append("fit", predictions);
    uniform
        .lakehouse()
        .promptsRejected()
        .append(
            List.of(
                new RejectedPrompt(
                    "x",
                    block.get(1),
                    "s",
                    "train",
                    null,
                    "contaminated",
                    "",
                    null,
                    null,
                    "",
                    Instant.EPOCH)));
    RunContext band =
        open(
            "band",
            1,
            Map.of(
                "rollout.prompt_selection.strategy", "difficulty-band",
                "rollout.prompt_selection.predictions", "fit"));
    new ReMixLoop(band).run();

    assertThat(asked(band.lakehouse(), 0))
        .hasSize(PROMPTS)
        .doesNotContain(block.get(0), block.get(1))
        .containsAll(block.subList(2, PROMPTS));
  }
}
