package dev.sponge.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ResamplingTest {
  @Test
  void theMeanIsOverBenchmarksWhateverTheirSize() {
    List<double[]> benchmarks = List.of(new double[] {1, 1, 1, 0}, new double[] {0.25});
    assertThat(Resampling.mean(benchmarks)).isEqualTo(0.5);
    assertThat(Resampling.bootstrap(benchmarks).value()).isEqualTo(0.5);
  }

  @Test
  void theIntervalOfManyValuesIsThatOfTheNormalDistribution() {
    double[] values = new double[400];
    Arrays.fill(values, 0, 100, 1);
    Interval interval = Resampling.bootstrap(List.of(values)).interval();
    double half = 1.96 * Math.sqrt(0.25 * 0.75 / 400);
    assertThat(interval.low()).isCloseTo(0.25 - half, within(0.005));
    assertThat(interval.high()).isCloseTo(0.25 + half, within(0.005));
  }

  @Test
  void aBenchmarkIsDrawnFromItsOwnProblems() {
    List<double[]> constant = List.of(new double[] {1, 1, 1}, new double[] {0, 0});
    assertThat(Resampling.bootstrap(constant)).isEqualTo(new Estimate(0.5, new Interval(0.5, 0.5)));
  }

  /** 200 samples of 40 problems; a right interval misses in 10 of them, give or take. */
  @Test
  void theIntervalCoversTheTruthAboutAsOftenAsItSays() {
    SplittableRandom random = new SplittableRandom(7);
    int covered = 0;
    for (int i = 0; i < 200; i++) {
      double[] rates = IntStream.range(0, 40).mapToDouble(p -> random.nextDouble()).toArray();
      covered += Resampling.bootstrap(List.of(rates)).interval().contains(0.5) ? 1 : 0;
    }
    assertThat(covered).isBetween(175, 199);
  }

  @Test
  void smallTestsAreExact() {
    // Of the eight signs two are as far from 0 as three equal differences.
    assertThat(Resampling.permutationTest(List.of(new double[] {0.5, 0.5, 0.5, 0})))
        .isEqualTo(0.25);
    // |1 - 2| or more: all but none of four.
    assertThat(Resampling.permutationTest(List.of(new double[] {1, -2}))).isEqualTo(1);
    assertThat(Resampling.permutationTest(List.of(new double[] {0, 0}))).isEqualTo(1);
    // Weights 1/4, 1/4 and 1/8: four of eight signs are as far as 1/4 + 1/4 - 1/8.
    assertThat(Resampling.permutationTest(List.of(new double[] {1, 1}, new double[] {-1, 0, 0, 0})))
        .isEqualTo(0.5);
  }

  @Test
  void drawnSignsComeCloseToAllSigns() {
    double[] differences =
        IntStream.range(0, 17).mapToDouble(i -> (i % 3 == 0 ? -1 : 1) * (i + 1.0)).toArray();
    int asFar = 0;
    double observed = Math.abs(Arrays.stream(differences).sum());
    for (int signs = 0; signs < 1 << 17; signs++) {
      double sum = 0;
      for (int i = 0; i < 17; i++) {
        sum += (signs >> i & 1) == 0 ? differences[i] : -differences[i];
      }
      asFar += Math.abs(sum) >= observed ? 1 : 0;
    }
    double exact = (double) asFar / (1 << 17);
    assertThat(Resampling.permutationTest(List.of(differences))).isCloseTo(exact, within(0.02));
  }

  @Test
  void aBenchmarkWithoutProblemsHasNoScore() {
    assertThatThrownBy(() -> Resampling.bootstrap(List.of(new double[0])))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Resampling.permutationTest(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
