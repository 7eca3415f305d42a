package dev.sponge.jobs.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.jobs.study.Statistics.Estimate;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class StatisticsTest {
  @Test
  void runningMeanBeginsWithAFullWindow() {
    double[] means = Statistics.runningMean(new double[] {1, 2, 6, 4}, 3);
    assertThat(means).containsExactly(Double.NaN, Double.NaN, 3, 4);
    assertThat(Statistics.runningMean(new double[] {5, 7}, 1)).containsExactly(5, 7);
  }

  @Test
  void aLevelIsReachedBetweenTwoPoints() {
    double[] x = {0, 100, 200, 300};
    double[] y = {Double.NaN, .2, .4, .3};
    assertThat(Statistics.crossing(x, y, .3).orElseThrow()).isCloseTo(150, within(1e-9));
    assertThat(Statistics.crossing(x, y, .4).orElseThrow()).isCloseTo(200, within(1e-9));
    assertThat(Statistics.crossing(x, y, .1).orElseThrow()).isEqualTo(100);
    assertThat(Statistics.crossing(x, y, .41)).isEmpty();
  }

  @Test
  void theFirstCrossingCounts() {
    double[] x = {0, 1, 2, 3};
    double[] y = {0, .5, 0, 1};
    assertThat(Statistics.crossing(x, y, .25).orElseThrow()).isCloseTo(.5, within(1e-12));
  }

  @Test
  void theIntervalOfOneSeedIsTheValue() {
    assertThat(Statistics.mean(new double[] {.7})).isEqualTo(new Estimate(.7, .7, .7));
  }

  /** Of two seeds a resample is 0, 1/2 or 1 with shares 1/4, 1/2, 1/4. */
  @Test
  void theIntervalOfTwoSeedsSpansBoth() {
    assertThat(Statistics.mean(new double[] {0, 1})).isEqualTo(new Estimate(.5, 0, 1));
  }

  /** The bootstrap of the mean of n normal values has about their standard error. */
  @Test
  void theIntervalHasTheWidthOfTheStandardError() {
    Random random = new Random(4);
    double[] values = random.doubles(400).map(u -> 3 + random.nextGaussian()).toArray();
    Estimate mean = Statistics.mean(values);
    assertThat((mean.high() - mean.low()) / 2).isCloseTo(1.96 / 20, within(.012));
    assertThat(mean.value()).isCloseTo(3, within(.15));
  }

  @Test
  void equalInputsHaveEqualIntervals() {
    double[] values = {.1, .5, .2, .9, .4};
    assertThat(Statistics.mean(values)).isEqualTo(Statistics.mean(values));
  }

  @Property(tries = 40)
  void theIntervalHoldsTheMeanAndLiesInTheRange(
      @ForAll @IntRange(min = 2, max = 12) int seeds,
      @ForAll @DoubleRange(min = -5, max = 5) double shift) {
    Random random = new Random(seeds);
    double[] values = random.doubles(seeds, shift, shift + 1).toArray();
    Estimate mean = Statistics.mean(values);
    assertThat(mean.low()).isLessThanOrEqualTo(mean.value() + 1e-12);
    assertThat(mean.high()).isGreaterThanOrEqualTo(mean.value() - 1e-12);
    assertThat(mean.low()).isGreaterThanOrEqualTo(shift);
    assertThat(mean.high()).isLessThanOrEqualTo(shift + 1);
  }
}
