package dev.sponge.rl.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class RopeScalingTest {
  /** Context 8192: short below 2048, long above 8192, in between by hand. */
  @Test
  void longWavelengthsAreStretched() {
    RopeScaling.Llama3 scaling = new RopeScaling.Llama3(8, 1, 4, 8192);
    assertThat(scaling.stretch(2047)).isEqualTo(1);
    assertThat(scaling.stretch(8193)).isEqualTo(8);
    // 8192 / 4096 = 2, smooth = 1/3: 1 / (2/3 / 8 + 1/3) = 2.4.
    assertThat(scaling.stretch(4096)).isCloseTo(2.4, Offset.offset(1e-12));
  }
}
