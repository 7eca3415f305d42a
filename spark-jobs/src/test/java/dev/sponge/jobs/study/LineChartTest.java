package dev.sponge.jobs.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineChartTest {
  private static final Offset<Double> ROUNDING = within(1e-12);

  @ParameterizedTest
  @CsvSource({"0.44, 0.05", "1.6, 0.2", "6144, 1000", "10, 2", "0.0099, 0.001"})
  void stepsAreRound(double range, double step) {
    assertThat(LineChart.step(range)).isCloseTo(step, ROUNDING);
  }

  @Test
  void ticksAreTheMultiplesWithinTheBounds() {
    assertThat(LineChart.ticks(0.25, 0.45, 0.1)).containsExactly(new double[] {.3, .4}, ROUNDING);
    assertThat(LineChart.ticks(0.3, 0.5, 0.1)).hasSize(3);
    assertThat(LineChart.ticks(-0.2, 0, 0.1)).hasSize(3);
  }

  @Test
  void aLineKeepsItsColourWhateverStandsBesideIt() {
    double[] x = {0, 1};
    LineChart.Line second = new LineChart.Line("b", 1, x, x, x, x);
    String alone = new LineChart("t", "x", "y").add(second).svg();
    String beside =
        new LineChart("t", "x", "y").add(new LineChart.Line("a", 0, x, x, x, x)).add(second).svg();
    assertThat(alone).contains("#D55E00").doesNotContain("#0072B2");
    assertThat(beside).contains("#D55E00", "#0072B2");
  }
}
