package dev.sponge.datasets.difficulty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.datasets.LocalSpark;
import dev.sponge.rl.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Prompts whose pass rate falls with the level, with simulated answers. */
class PassRateModelTest {
  private static final int PROMPTS = 500;
  private static final int UNSEEN = 100;
  private static final int ROLLOUTS = 8;

  private static List<RatedPrompt> prompts;
  private static PassRateModel.Fit fit;

  @BeforeAll
  static void fit() {
    prompts = prompts(PROMPTS + UNSEEN);
    fit = new PassRateModel(LocalSpark.session()).fit(prompts);
  }

  private static double passRate(int level) {
    return 1 / (1 + Math.exp(1.2 * (level - 3)));
  }

  private static List<RatedPrompt> prompts(int count) {
    Random random = new Random(3);
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              int level = 1 + random.nextInt(5);
              String text =
                  "Compute " + (10 + random.nextInt(90)) + "+7".repeat(level) + " and simplify.";
              int correct = 0;
              for (int r = 0; r < ROLLOUTS; r++) {
                correct += random.nextDouble() < passRate(level) ? 1 : 0;
              }
              boolean seen = i < PROMPTS;
              return new RatedPrompt(
                  "p" + i, text, "s", "", level, seen ? ROLLOUTS : 0, seen ? correct : 0);
            })
        .toList();
  }

  @Test
  void heldOutPromptsAreCalibrated() {
    assertThat(fit.trained() + fit.heldOut()).isEqualTo(PROMPTS);
    assertThat(fit.heldOut()).isBetween(60, 140);
    Calibration calibration = fit.calibration();
    // The best possible score with these levels is about 0.13, that of the mean 0.25.
    assertThat(calibration.brier()).isLessThan(0.8 * calibration.constantBrier());
    assertThat(calibration.expectedError()).isLessThan(0.06);
  }

  @Test
  void unseenPromptsOfALevelGetItsPassRate() {
    for (RatedPrompt prompt : prompts.subList(PROMPTS, PROMPTS + UNSEEN)) {
      assertThat(fit.predicted().get(prompt.id()))
          .as("level " + prompt.level())
          .isBetween(passRate((int) prompt.level()) - 0.15, passRate((int) prompt.level()) + 0.15);
    }
  }

  @Test
  void theSameAnswersGiveTheSameModel() {
    PassRateModel.Fit again = new PassRateModel(LocalSpark.session()).fit(prompts);
    assertThat(again).isEqualTo(fit);
  }

  @Test
  void tooFewOrEqualAnswersAreRefused() {
    PassRateModel model = new PassRateModel(LocalSpark.session());
    List<RatedPrompt> few = new ArrayList<>(prompts.subList(0, PassRateModel.LEAST_PROMPTS - 1));
    few.addAll(prompts.subList(PROMPTS, PROMPTS + UNSEEN));
    assertThatThrownBy(() -> model.fit(few))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("Only 99 prompts have scored rollouts");
    List<RatedPrompt> never =
        prompts.stream()
            .map(p -> new RatedPrompt(p.id(), p.text(), "s", "", p.level(), p.rollouts(), 0))
            .toList();
    assertThatThrownBy(() -> model.fit(never))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("are wrong");
  }
}
