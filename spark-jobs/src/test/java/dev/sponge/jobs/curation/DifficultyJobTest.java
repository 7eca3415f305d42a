package dev.sponge.jobs.curation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.cli.DatasetTools.DifficultyFit;
import dev.sponge.jobs.spark.TestSpark;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.PromptDifficulty;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prompts whose simulated answers are right less often at a higher level. */
class DifficultyJobTest {
  private static final int PROMPTS = 200;
  private static final int UNSEEN = 20;
  private static final int GROUP = 4;
  private static final String RUN = "main";
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final DifficultyFit FIT =
      new DifficultyFit(Optional.empty(), Optional.empty(), false);

  @TempDir Path directory;

  /** A work directory with all prompts and no answer. */
  private Lakehouse open() {
    Lakehouse lake = Lakehouse.open(TestSpark.session(), directory.resolve("work"));
    lake.prompts()
        .append(
            IntStream.range(0, PROMPTS + UNSEEN)
                .mapToObj(
                    i -> {
                      String text = "Compute " + (10 + i) + "+7".repeat(level(i));
                      return new Prompt(
                          "p" + i, "s", "train", text, new int[] {1}, "1", level(i), "h" + i);
                    })
                .toList());
    return lake;
  }

  private static int level(int prompt) {
    return 1 + prompt % 5;
  }

  /** Answers to the first prompts. */
  private static void answer(Lakehouse lake, int answered) {
    List<Rollout> rollouts = new ArrayList<>();
    List<Reward> rewards = new ArrayList<>();
    Random random = new Random(1);
    for (int i = 0; i < answered; i++) {
      for (int sample = 0; sample < GROUP; sample++) {
        String id = "r%d-%d".formatted(i, sample);
        boolean right = random.nextDouble() < 1.1 - 0.2 * level(i);
        rollouts.add(rollout(id, "p" + i, sample));
        rewards.add(
            new Reward(id, RUN, 0, "math", "1", Reward.SCORED, right ? 1.0 : 0.0, right, true, ""));
      }
    }
    lake.rollouts().append(RUN, 0, rollouts);
    lake.rewards().append(RUN, 0, new VerifierKey("math", "1"), rewards);
  }

  private static Rollout rollout(String id, String prompt, int sample) {
    return new Rollout(
        id,
        RUN,
        0,
        prompt,
        prompt + "@0",
        sample,
        0,
        new int[] {1},
        new int[] {2},
        "1",
        new float[] {-1},
        null,
        "stop",
        id.hashCode(),
        1.0,
        64,
        "cpu",
        "float32",
        NOW);
  }

  @Test
  void predictionsAreWrittenOnceWithTheirCalibration() throws IOException {
    Lakehouse lake = open();
    answer(lake, PROMPTS);
    DifficultyJob job = new DifficultyJob(lake);
    Path plot = directory.resolve("calibration.svg");

    List<String> done = job.run(new DifficultyFit(Optional.of("math"), Optional.of(plot), false));
    assertThat(done.get(0)).matches("fit [0-9a-f]{16} on the verdicts of math: .*held out.*");
    assertThat(done)
        .anyMatch(line -> line.strip().startsWith("bin "))
        .anyMatch(line -> line.startsWith("held out: Brier score"))
        .noneMatch(line -> line.contains("no better"))
        .last()
        .asString()
        .startsWith("220 predictions");
    assertThat(Files.readString(plot)).startsWith("<svg").contains("perfect");

    String fitId = done.get(0).split(" ", -1)[1];
    List<PromptDifficulty> rows = lake.promptDifficulty().read(fitId);
    Map<String, PromptDifficulty> byId =
        rows.stream().collect(Collectors.toMap(PromptDifficulty::promptId, Function.identity()));
    assertThat(byId).hasSize(PROMPTS + UNSEEN);
    assertThat(rows).filteredOn(row -> row.rollouts() == 0).hasSize(UNSEEN);
    for (int i = PROMPTS; i < PROMPTS + UNSEEN; i += 5) {
      PromptDifficulty easy = byId.get("p" + i);
      PromptDifficulty hard = byId.get("p" + (i + 4));
      assertThat(easy.observed()).isNull();
      assertThat(easy.predicted()).isGreaterThan(hard.predicted() + 0.3);
    }
    assertThat(job.run(FIT)).last().asString().startsWith("nothing to do");
    assertThat(lake.promptDifficulty().version()).isEqualTo(1);

    assertThatThrownBy(
            () -> job.run(new DifficultyFit(Optional.of("other"), Optional.empty(), false)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--verifier other");
  }

  @Test
  void tooFewAnswersAreRefused() {
    Lakehouse lake = open();
    assertThatThrownBy(() -> new DifficultyJob(lake).run(FIT))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("No training prompt has a scored rollout");
    answer(lake, 9);
    assertThatThrownBy(() -> new DifficultyJob(lake).run(FIT))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("Only 9 prompts have scored rollouts");
  }
}
