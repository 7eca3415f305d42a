package dev.sponge.datasets.difficulty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.datasets.difficulty.Calibration.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class CalibrationTest {
  private static final Offset<Double> CLOSE = within(1e-12);

  @Test
  void scoresFollowFromTheAnswers() {
    Calibration calibration =
        Calibration.of(
            List.of(new Outcome(0.25, 4, 1), new Outcome(0.29, 4, 3), new Outcome(1, 2, 2)), 0.5);

    assertThat(calibration.bins()).hasSize(2);
    Calibration.Bin low = calibration.bins().get(0);
    assertThat(low.low()).isEqualTo(0.2);
    assertThat(low.high()).isEqualTo(0.3);
    assertThat(low.prompts()).isEqualTo(2);
    assertThat(low.rollouts()).isEqualTo(8);
    assertThat(low.predicted()).isCloseTo(0.27, CLOSE);
    assertThat(low.observed()).isEqualTo(0.5);
    assertThat(calibration.bins().get(1).observed()).isEqualTo(1);
    double brier = 1 * .75 * .75 + 3 * .25 * .25 + 3 * .71 * .71 + 1 * .29 * .29;
    assertThat(calibration.brier()).isCloseTo(brier / 10, CLOSE);
    assertThat(calibration.constantBrier()).isCloseTo(0.25, CLOSE);
    assertThat(calibration.expectedError()).isCloseTo(8 * 0.23 / 10, CLOSE);
  }

  /** Brier score = that of each answer by itself. */
  @Property(tries = 200)
  void countsAreAnswersOneByOne(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 30) int prompts) {
    Random random = new Random(seed);
    List<Outcome> counted = new ArrayList<>();
    List<Outcome> single = new ArrayList<>();
    for (int i = 0; i < prompts; i++) {
      double predicted = random.nextDouble();
      int rollouts = 1 + random.nextInt(8);
      int correct = random.nextInt(rollouts + 1);
      counted.add(new Outcome(predicted, rollouts, correct));
      for (int r = 0; r < rollouts; r++) {
        single.add(new Outcome(predicted, 1, r < correct ? 1 : 0));
      }
    }

    Calibration ofCounts = Calibration.of(counted, 0.3);
    Calibration ofSingle = Calibration.of(single, 0.3);

    assertThat(ofCounts.brier()).isCloseTo(ofSingle.brier(), within(1e-9));
    assertThat(ofCounts.constantBrier()).isCloseTo(ofSingle.constantBrier(), within(1e-9));
    assertThat(ofCounts.expectedError()).isCloseTo(ofSingle.expectedError(), within(1e-9));
    assertThat(ofCounts.bins().stream().mapToLong(Calibration.Bin::prompts).sum())
        .isEqualTo(prompts);
  }
}
