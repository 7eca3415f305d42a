package dev.sponge.rl.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

/**
 * Three policies over sequences of one or two tokens. Samples come exactly as often as the
 * behaviour policy says, so that the estimates must equal the divergences themselves.
 */
class RatioStatisticsTest {
  private static final double EXACT = 1e-12;

  /** First token a or b, after b a second one: c, d or e. */
  private static final double[] CURRENT = {1 / 4.0, 3 / 8.0, 1 / 8.0, 1 / 4.0};

  private static final double[] LAG_1 = {1 / 4.0, 1 / 4.0, 1 / 4.0, 1 / 4.0};
  private static final double[] LAG_2 = {1 / 2.0, 1 / 8.0, 1 / 8.0, 1 / 4.0};

  /** Log-ratios of eight samples of {@code mu}. */
  private static double[] samples(double[] pi, double[] mu) {
    DoubleStream.Builder logRatios = DoubleStream.builder();
    for (int y = 0; y < mu.length; y++) {
      for (int copy = 0; copy < mu[y] * 8; copy++) {
        logRatios.add(Math.log(pi[y]) - Math.log(mu[y]));
      }
    }
    return logRatios.build().toArray();
  }

  private static double chiSquare(double[] pi, double[] mu) {
    double sum = 0;
    for (int y = 0; y < mu.length; y++) {
      sum += (pi[y] - mu[y]) * (pi[y] - mu[y]) / mu[y];
    }
    return sum;
  }

  private static double kl(double[] p, double[] q) {
    double sum = 0;
    for (int y = 0; y < p.length; y++) {
      sum += p[y] * Math.log(p[y] / q[y]);
    }
    return sum;
  }

  private static void assertExact(double[] mu) {
    RatioStatistics found = RatioStatistics.of(samples(CURRENT, mu));
    double chiSquare = chiSquare(CURRENT, mu);
    assertThat(found.count()).isEqualTo(8);
    assertThat(found.mean()).isCloseTo(1, within(EXACT));
    assertThat(found.chiSquare()).isCloseTo(chiSquare, within(EXACT));
    assertThat(found.ess()).isCloseTo(1 / (1 + chiSquare), within(EXACT));
    assertThat(found.kl()).isCloseTo(kl(CURRENT, mu), within(EXACT));
    assertThat(found.reverseKl()).isCloseTo(kl(mu, CURRENT), within(EXACT));
  }

  @Test
  void estimatesOfAllSequencesAreTheDivergencesThemselves() {
    assertExact(CURRENT);
    assertExact(LAG_1);
    assertExact(LAG_2);
  }

  @Test
  void byHand() {
    // Ratios 1, 1, 3/2, 3/2, 1/2, 1/2, 1, 1: sum 8, squares 2 + 9/2 + 1/2 + 2 = 9.
    RatioStatistics recent = RatioStatistics.of(samples(CURRENT, LAG_1));
    assertThat(recent.ess()).isCloseTo(64 / 72.0, within(EXACT));
    assertThat(recent.chiSquare()).isCloseTo(1 / 8.0, within(EXACT));
    assertThat(recent.max()).isCloseTo(1.5, within(EXACT));
    // Ratios 1/2 four times, 3, 1, 1, 1: sum 8, squares 1 + 9 + 3 = 13.
    RatioStatistics old = RatioStatistics.of(samples(CURRENT, LAG_2));
    assertThat(old.ess()).isCloseTo(64 / 104.0, within(EXACT));
    assertThat(old.chiSquare()).isCloseTo(5 / 8.0, within(EXACT));
    assertThat(old.max()).isCloseTo(3, within(EXACT));
    assertThat(old.kl()).isCloseTo(Math.log(0.5) / 4 + 3 / 8.0 * Math.log(3), within(EXACT));
    assertThat(old.reverseKl()).isCloseTo(Math.log(2) / 2 - Math.log(3) / 8, within(EXACT));
  }

  @Test
  void theShareOfHistoryFollowsItsEffectiveSampleSize() {
    AutoShare rule = new AutoShare(0.5, 0.9);
    double recent = RatioStatistics.of(samples(CURRENT, LAG_1)).ess();
    double old = RatioStatistics.of(samples(CURRENT, LAG_2)).ess();
    // 1 - e is 1/9 and 5/13: 0.1 * 9 is above the maximum, 0.1 * 13 / 5 below.
    assertThat(rule.share(OptionalDouble.of(recent))).isEqualTo(0.5);
    assertThat(rule.share(OptionalDouble.of(old))).isCloseTo(0.26, within(EXACT));
    assertThat(rule.share(OptionalDouble.of(1))).isEqualTo(0.5);
    assertThat(rule.share(OptionalDouble.empty())).isEqualTo(0.5);
    assertThat(new AutoShare(0.5, 1).share(OptionalDouble.of(old))).isZero();
    assertThatThrownBy(() -> new AutoShare(1, 0.9)).hasMessageContaining("history.auto.max_share");
    assertThatThrownBy(() -> new AutoShare(0.5, 1.1))
        .hasMessageContaining("history.auto.effective");
  }

  @Property(tries = 200)
  void theBatchIsWorthWhatWasAskedForAndNoLargerShareWouldDo(
      @ForAll @DoubleRange(min = 0.01, max = 0.99) double maxShare,
      @ForAll @DoubleRange(min = 0, max = 1) double least,
      @ForAll @DoubleRange(min = 0.01, max = 1) double ess) {
    double share = new AutoShare(maxShare, least).share(OptionalDouble.of(ess));
    assertThat(share).isBetween(0.0, maxShare);
    assertThat(1 - share * (1 - ess)).isGreaterThanOrEqualTo(least - EXACT);
    if (share < maxShare) {
      assertThat(1 - share * (1 - ess)).isCloseTo(least, within(1e-9));
    }
  }

  @Provide
  Arbitrary<double[]> logRatios() {
    return Arbitraries.doubles().between(-3, 3).array(double[].class).ofMinSize(1).ofMaxSize(20);
  }

  @Property(tries = 200)
  void statisticsLieInTheirBoundsAndDoNotDependOnTheOrder(@ForAll("logRatios") double[] logRatios) {
    RatioStatistics found = RatioStatistics.of(logRatios);
    assertThat(found.ess()).isBetween(1.0 / logRatios.length - EXACT, 1 + EXACT);
    assertThat(found.max()).isGreaterThanOrEqualTo(found.mean() - EXACT);
    assertThat(
            DoubleStream.of(found.chiSquare(), found.kl(), found.reverseKl()).min().orElseThrow())
        .isGreaterThanOrEqualTo(-EXACT);
    double[] sorted = logRatios.clone();
    Arrays.sort(sorted);
    assertThat(RatioStatistics.of(sorted).ess()).isCloseTo(found.ess(), within(EXACT));
  }

  @Test
  void longSequencesKeepAnEffectiveSampleSize() {
    assertThat(RatioStatistics.of(new double[] {900, 900}).ess()).isEqualTo(1);
    assertThat(RatioStatistics.of(new double[] {-900, -800}).ess()).isCloseTo(0.5, within(EXACT));
    assertThatThrownBy(() -> RatioStatistics.of(new double[0])).hasMessageContaining("a sample");
  }
}
