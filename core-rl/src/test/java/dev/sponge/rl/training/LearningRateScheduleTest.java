package dev.sponge.rl.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.rl.UserError;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class LearningRateScheduleTest {
  private static final Offset<Double> TINY = within(1e-15);

  @Test
  void risesLinearlyAndThenStays() {
    LearningRateSchedule schedule = new LearningRateSchedule(1e-3, 4);
    double[] expected = {0.25e-3, 0.5e-3, 0.75e-3, 1e-3, 1e-3, 1e-3};
    for (int update = 0; update < expected.length; update++) {
      assertThat(schedule.at(update)).isCloseTo(expected[update], TINY);
    }
  }

  @Test
  void withoutWarmUpIsConstant() {
    assertThat(new LearningRateSchedule(1e-3, 0).at(0)).isEqualTo(1e-3);
  }

  @Test
  void decaysLinearlyFromThePeakToTheFinalShareAtTheLastUpdate() {
    LearningRateSchedule schedule = new LearningRateSchedule(1e-3, 2, 6, 0.2);
    double[] expected = {0.5e-3, 1e-3, 0.8e-3, 0.6e-3, 0.4e-3, 0.2e-3, 0.2e-3, 0.2e-3};
    for (int update = 0; update < expected.length; update++) {
      assertThat(schedule.at(update)).as("update %d", update).isCloseTo(expected[update], TINY);
    }
  }

  @Test
  void withoutWarmUpTheDecayStartsWithTheFirstUpdate() {
    LearningRateSchedule schedule = new LearningRateSchedule(1e-3, 0, 5, 0);
    double[] expected = {1e-3, 0.75e-3, 0.5e-3, 0.25e-3, 0, 0};
    for (int update = 0; update < expected.length; update++) {
      assertThat(schedule.at(update)).as("update %d", update).isCloseTo(expected[update], TINY);
    }
  }

  @Test
  void aFinalShareOfOneIsTheConstantSchedule() {
    LearningRateSchedule constant = new LearningRateSchedule(1e-3, 3);
    LearningRateSchedule flat = new LearningRateSchedule(1e-3, 3, 5, 1);
    for (long update : new long[] {0, 1, 2, 3, 4, 5, 1_000_000}) {
      assertThat(flat.at(update)).isEqualTo(constant.at(update));
    }
  }

  @Test
  void aRunShorterThanItsWarmUpEndsWithinTheWarmUp() {
    LearningRateSchedule schedule = new LearningRateSchedule(1e-3, 4, 2, 0.1);
    assertThat(schedule.at(0)).isCloseTo(0.25e-3, TINY);
    assertThat(schedule.at(1)).isCloseTo(0.5e-3, TINY);
    assertThat(schedule.at(4)).isCloseTo(0.1e-3, TINY);
    assertThat(new LearningRateSchedule(1e-3, 0, 1, 0.1).at(0)).isCloseTo(0.1e-3, TINY);
  }

  @Test
  void valuesOutOfRangeNameTheKey() {
    assertThatThrownBy(() -> new LearningRateSchedule(0, 0))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("learning_rate is 0.0");
    assertThatThrownBy(() -> new LearningRateSchedule(1, -1))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("warmup_steps is -1");
    assertThatThrownBy(() -> new LearningRateSchedule(1, 0, 5, 1.5))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("final_learning_rate_share is 1.5");
    assertThatThrownBy(() -> new LearningRateSchedule(1, 0, 0, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
