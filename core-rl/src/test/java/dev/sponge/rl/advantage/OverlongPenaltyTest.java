package dev.sponge.rl.advantage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.rl.UserError;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OverlongPenaltyTest {
  private static final OverlongPenalty PAPER = new OverlongPenalty(20480, 4096, 1);

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "16384,0",
    "17408,-0.25",
    "18432,-0.5",
    "20480,-1",
    "20481,-1",
    "2147483647,-1"
  })
  void penaltyOfThePaper(int length, double expected) {
    assertThat(PAPER.at(length)).isEqualTo(expected);
  }

  @Test
  void weightScalesThePenalty() {
    assertThat(new OverlongPenalty(100, 10, 0.5).at(99)).isCloseTo(-0.45, within(1e-12));
  }

  @Property
  void longerNeverCostsLess(@ForAll @IntRange(min = 0, max = 30000) int length) {
    assertThat(PAPER.at(length + 1)).isLessThanOrEqualTo(PAPER.at(length)).isBetween(-1.0, 0.0);
  }

  @Test
  void settingsOutOfRangeNameTheirKeys() {
    assertThatThrownBy(() -> new OverlongPenalty(100, 0, 1))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("reward.overlong_buffer is 0");
    assertThatThrownBy(() -> new OverlongPenalty(100, 100, 1))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("reward.overlong_max_tokens is 100")
        .hasMessageContaining("reward.overlong_buffer = 100");
    assertThatThrownBy(() -> new OverlongPenalty(100, 10, Double.NaN))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("reward.overlong_weight is NaN");
  }
}
