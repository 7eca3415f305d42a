package dev.sponge.rl.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.rl.UserError;
import org.junit.jupiter.api.Test;

class LearningRateScheduleTest {
  @Test
  void risesLinearlyAndThenStays() {
    LearningRateSchedule schedule = new LearningRateSchedule(1e-3, 4);
    double[] expected = {0.25e-3, 0.5e-3, 0.75e-3, 1e-3, 1e-3, 1e-3};
    for (int update = 0; update < expected.length; update++) {
      assertThat(schedule.at(update)).isCloseTo(expected[update], within(1e-15));
    }
  }

  @Test
  void withoutWarmUpIsConstant() {
    assertThat(new LearningRateSchedule(1e-3, 0).at(0)).isEqualTo(1e-3);
  }

  @Test
  void valuesOutOfRangeNameTheKey() {
    assertThatThrownBy(() -> new LearningRateSchedule(0, 0))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("learning_rate is 0.0");
    assertThatThrownBy(() -> new LearningRateSchedule(1, -1))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("warmup_steps is -1");
  }
}
