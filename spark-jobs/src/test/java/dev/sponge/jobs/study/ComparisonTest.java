package dev.sponge.jobs.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final double[] RISE = {0, .1, .2, .3, .4};

  @Test
  void halfTheRolloutsAreARatioOfTwo() {
    List<Curve> base = List.of(Curves.of("grpo", 1, 100, RISE));
    List<Curve> fast = List.of(Curves.of("remix", 1, 50, RISE));
    Comparison result = Comparison.of(base, fast, 1);
    assertThat(result.level()).isCloseTo(.4, within(1e-12));
    assertThat(result.ratio().value()).isCloseTo(2, within(1e-9));
    assertThat(result.reached()).isOne();
  }

  /** Half of the gain from .1 to .5 is .3: after 200 rollouts, and after 50. */
  @Test
  void theEarlyRatioIsToHalfOfTheGain() {
    List<Curve> base = List.of(Curves.of("grpo", 1, 100, new double[] {.1, .2, .3, .4, .5}));
    List<Curve> own = List.of(Curves.of("x", 1, 50, new double[] {.1, .3, .35, .35, .35}));
    Comparison result = Comparison.of(base, own, 1);
    assertThat(result.early().value()).isCloseTo(4, within(1e-9));
    assertThat(result.ratio().value()).isZero();
    assertThat(result.reached()).isZero();
  }

  @Test
  void aBaselineHasRatioOneWithItself() {
    List<Curve> base = List.of(Curves.of("grpo", 1, RISE), Curves.of("grpo", 2, RISE));
    assertThat(Comparison.of(base, base, 3).ratio().value()).isCloseTo(1, within(1e-9));
  }

  /** The level is .4; one seed is there after 200 rollouts, one never: rate (1/200 + 0)/2. */
  @Test
  void aSeedThatNeverArrivesCountsAsZero() {
    List<Curve> base = List.of(Curves.of("grpo", 1, RISE));
    List<Curve> own = List.of(Curves.of("x", 1, 0, .2, .4), Curves.of("x", 2, 0, .1, .1));
    Comparison result = Comparison.of(base, own, 1);
    assertThat(result.reached()).isOne();
    assertThat(result.ratio().value()).isCloseTo(.5 * 400 / 200, within(1e-9));
    assertThat(result.ratio().low()).isZero();
    assertThat(result.ratio().high()).isCloseTo(2, within(1e-9));
  }

  @Test
  void aSeedThatFailedCountsAsZeroToo() {
    List<Curve> base = List.of(Curves.of("grpo", 1, RISE));
    Curve arrived = Curves.of("x", 1, 50, RISE);
    Curve failed = new Curve("test", "x", 2, "hash", "loss NaN", arrived.points());
    Comparison result = Comparison.of(base, List.of(arrived, failed), 1);
    assertThat(result.reached()).isOne();
    assertThat(result.ratio().value()).isCloseTo(1, within(1e-9));
  }

  /** Ends .4 and .6, level .5: the first seed counts with its 400 rollouts, the second with 333. */
  @Test
  void theLevelIsTheMeanOfTheBaselinesEnds() {
    List<Curve> base =
        List.of(Curves.of("grpo", 1, RISE), Curves.of("grpo", 2, 0, .2, .3, .45, .6));
    Comparison result = Comparison.of(base, base, 1);
    assertThat(result.level()).isCloseTo(.5, within(1e-12));
    double second = 1 / (300 + 100 * .05 / .15);
    assertThat(result.ratio().value())
        .isCloseTo(second / 2 / ((second + 1 / 400.0) / 2), within(1e-9));
    assertThat(result.reached()).isOne();
  }

  @Test
  void theRunningMeanDecides() {
    List<Curve> base = List.of(Curves.of("grpo", 1, RISE));
    List<Curve> spike = List.of(Curves.of("x", 1, 0, .9, 0, 0, 0));
    assertThat(Comparison.of(base, spike, 1).reached()).isOne();
    assertThat(Comparison.of(base, spike, 3).reached()).isOne();
    assertThat(Comparison.of(base, spike, 4).reached()).isZero();
  }
}
