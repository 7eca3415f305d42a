package dev.sponge.rl.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.rl.UserError;
import dev.sponge.rl.objective.BapoBounds.Range;
import dev.sponge.rl.objective.BapoBounds.Search;
import dev.sponge.rl.objective.BapoBounds.Share;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BapoBoundsTest {
  private final double[] ratios =
      Arrays.stream(Autograd.gaussians(5, 1, 2000, 0.4)[0]).map(Math::exp).toArray();

  private static double[] advantages(double shift) {
    return Arrays.stream(Autograd.gaussians(6, 1, 2000, 1)[0]).map(a -> a + shift).toArray();
  }

  private static Search paper(Share share) {
    Search paper = Search.paper();
    return new Search(paper.target(), paper.low(), paper.high(), share);
  }

  @ParameterizedTest
  @EnumSource(Share.class)
  void boundsStayWhereTheyBeginIfTheTargetIsMetThere(Share share) {
    BapoBounds bounds = BapoBounds.search(ratios, advantages(1), paper(share));
    assertThat(bounds.low()).isEqualTo(0.6);
    assertThat(bounds.high()).isEqualTo(1.2);
    assertThat(bounds.share()).isGreaterThanOrEqualTo(0.4);
  }

  @ParameterizedTest
  @EnumSource(Share.class)
  void upperBoundIsRaisedFirstAndOnlyAsFarAsNeeded(Share share) {
    double[] advantages = advantages(-0.3);
    double target = BapoBounds.share(ratios, advantages, 0.6, 1.5, share);
    Search paper = Search.paper();
    BapoBounds bounds =
        BapoBounds.search(
            ratios, advantages, new Search(target - 1e-9, paper.low(), paper.high(), share));
    assertThat(bounds.low()).isEqualTo(0.6);
    assertThat(bounds.high()).isCloseTo(1.5, within(1e-9));
    assertThat(bounds.share()).isCloseTo(target, within(1e-9));
  }

  @Test
  void lowerBoundFollowsWhenTheUpperOneIsAtItsEnd() {
    double[] advantages = advantages(-0.5);
    double target = BapoBounds.share(ratios, advantages, 0.7, 3, Share.GRADIENT);
    Search paper = Search.paper();
    BapoBounds bounds =
        BapoBounds.search(
            ratios,
            advantages,
            new Search(target - 1e-9, paper.low(), paper.high(), Share.GRADIENT));
    assertThat(bounds.low()).isCloseTo(0.7, within(1e-9));
    assertThat(bounds.high()).isCloseTo(3, within(1e-9));
  }

  @ParameterizedTest
  @EnumSource(Share.class)
  void searchEndsAtTheEndsOfBothRangesIfTheTargetIsOutOfReach(Share share) {
    BapoBounds bounds = BapoBounds.search(ratios, advantages(-2), paper(share));
    assertThat(bounds.low()).isCloseTo(0.9, within(1e-12));
    assertThat(bounds.high()).isCloseTo(3.0, within(1e-12));
    assertThat(bounds.share()).isLessThan(0.4);
  }

  @ParameterizedTest
  @EnumSource(Share.class)
  void shareIsOneWithoutNegativesAndZeroWithoutPositives(Share share) {
    double[] up = Arrays.stream(advantages(0)).map(Math::abs).toArray();
    double[] down = Arrays.stream(up).map(a -> -a).toArray();
    assertThat(BapoBounds.share(ratios, up, 0.6, 1.2, share)).isEqualTo(1);
    assertThat(BapoBounds.search(ratios, down, paper(share)).share()).isZero();
    assertThat(BapoBounds.share(ratios, new double[2000], 0.6, 1.2, share)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, -0.3, 0, 0.5})
  void shareOfGradientsGrowsWithBothBoundsAndShareOfValuesFallsWithTheLowerOne(double shift) {
    double[] advantages = advantages(shift);
    for (double x = 0; x < 1; x += 0.1) {
      double low = 0.6 + 0.3 * x;
      double high = 1.2 + 1.8 * x;
      assertThat(BapoBounds.share(ratios, advantages, low + 0.03, 1.2, Share.GRADIENT))
          .isGreaterThan(BapoBounds.share(ratios, advantages, low, 1.2, Share.GRADIENT));
      assertThat(BapoBounds.share(ratios, advantages, 0.6, high + 0.18, Share.GRADIENT))
          .isGreaterThanOrEqualTo(BapoBounds.share(ratios, advantages, 0.6, high, Share.GRADIENT));
      assertThat(BapoBounds.share(ratios, advantages, 0.6, high + 0.18, Share.VALUE))
          .isGreaterThanOrEqualTo(BapoBounds.share(ratios, advantages, 0.6, high, Share.VALUE));
      assertThat(BapoBounds.share(ratios, advantages, low + 0.03, 1.2, Share.VALUE))
          .isLessThan(BapoBounds.share(ratios, advantages, low, 1.2, Share.VALUE));
    }
  }

  @Test
  void shareByHand() {
    double[] r = {2, 0.5, 1};
    double[] a = {1, -2, 1};
    // Values: min(2, 1.5), 2 max(0.5, 0.8), 1. Gradients: 2 is above 1.5 and 0.5 below 0.8.
    assertThat(BapoBounds.share(r, a, 0.8, 1.5, Share.VALUE)).isCloseTo(2.5 / 4.1, within(1e-12));
    assertThat(BapoBounds.share(r, a, 0.8, 1.5, Share.GRADIENT)).isEqualTo(1);
    assertThat(BapoBounds.share(r, a, 0.4, 1.5, Share.GRADIENT)).isCloseTo(0.5, within(1e-12));
  }

  @Test
  void rangesThatAreNoRatiosAreRefused() {
    assertThatThrownBy(
            () -> new Search(0.4, new Range(0.6, 1.1, 0.1), new Range(1.2, 3, 0.1), Share.VALUE))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("objective.bapo.low.end is 1.1");
    assertThatThrownBy(
            () -> new Search(0.4, new Range(0.6, 0.9, 0.1), new Range(0.2, 3, 0.1), Share.VALUE))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("objective.bapo.high.start is 0.2");
    assertThatThrownBy(() -> new Range(0.6, 0.9, 0))
        .hasMessageContaining("objective.bapo.step is 0.0");
  }
}
