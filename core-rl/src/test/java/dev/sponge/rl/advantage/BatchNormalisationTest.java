package dev.sponge.rl.advantage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

/** BatchWhitening, ReinforcePlusPlus and GePpoCentring: what a whole batch does to a token. */
class BatchNormalisationTest {

  @Provide
  Arbitrary<double[][]> batches() {
    return Arbitraries.doubles()
        .between(-5, 5)
        .array(double[].class)
        .ofMinSize(1)
        .ofMaxSize(5)
        .array(double[][].class)
        .ofMinSize(2)
        .ofMaxSize(6);
  }

  private static double[] flat(double[][] rows) {
    return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
  }

  private static double[][] ones(double[][] like) {
    return Arrays.stream(like)
        .map(row -> Arrays.stream(row).map(x -> 1).toArray())
        .toArray(double[][]::new);
  }

  private static double[] filled(int length, double value) {
    double[] values = new double[length];
    Arrays.fill(values, value);
    return values;
  }

  @Test
  void whiteningDividesByTheSampleStdOfAllTokens() {
    double[][] white = BatchWhitening.whiten(new double[][] {{1, 2}, {}, {6}});
    double std = Math.sqrt((4 + 1 + 9) / 2.0); // around the mean 3
    assertThat(white.length).isEqualTo(3);
    assertThat(flat(white))
        .containsExactly(new double[] {-2 / std, -1 / std, 3 / std}, within(1e-7));
    assertThat(white[1]).isEmpty();
    assertThat(white[2]).hasSize(1);
  }

  @Test
  void epsilonIsAddedToTheVariance() {
    double[][] white = BatchWhitening.whiten(new double[][] {{0, 2e-4}}); // variance 2e-8
    assertThat(white[0][1]).isCloseTo(1e-4 / Math.sqrt(3e-8), within(1e-9));
  }

  @Test
  void equalValuesWhitenToExactlyZero() {
    assertThat(flat(BatchWhitening.whiten(new double[][] {filled(4, 0.7), filled(3, 0.7)})))
        .containsOnly(0.0);
  }

  @Property
  void whitenedBatchHasMeanZeroAndVarianceAtMostOne(@ForAll("batches") double[][] batch) {
    double[] white = flat(BatchWhitening.whiten(batch));
    double squares = Arrays.stream(white).map(a -> a * a).sum();
    assertThat(Arrays.stream(white).sum()).isCloseTo(0, within(1e-6));
    assertThat(squares / (white.length - 1)).isLessThanOrEqualTo(1 + 1e-9);
  }

  @Property
  void whiteningIgnoresAShift(
      @ForAll("batches") double[][] batch, @ForAll @DoubleRange(min = -5, max = 5) double shift) {
    double[][] moved =
        Arrays.stream(batch)
            .map(row -> Arrays.stream(row).map(a -> a + shift).toArray())
            .toArray(double[][]::new);
    assertThat(flat(BatchWhitening.whiten(moved)))
        .containsExactly(flat(BatchWhitening.whiten(batch)), within(1e-6));
  }

  @Test
  void whiteningRefusesOneTokenAndNan() {
    assertThatThrownBy(() -> BatchWhitening.whiten(new double[][] {{1}, {}}))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("the batch of 2 responses has 1");
    assertThatThrownBy(() -> BatchWhitening.whiten(new double[][] {{1}, {2, Double.NaN}}))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("advantage 2 of 3 is NaN");
  }

  @Test
  void reinforcePlusPlusWhitensRewardMinusPenaltyToGo() {
    double[][] rewards = {
      TokenRewards.withKlPenalty(1, new double[] {0.5, -1, 2}, 0.1),
      TokenRewards.withKlPenalty(0, new double[] {1, 1}, 0.1)
    };
    double[][] toGo = {{0.85, 0.9, 0.8}, {-0.2, -0.1}};
    assertThat(flat(ReinforcePlusPlus.advantages(rewards)))
        .containsExactly(flat(BatchWhitening.whiten(toGo)), within(1e-12));
  }

  @Test
  void reinforcePlusPlusWithoutPenaltyGivesAllTokensOfAResponseTheSame() {
    double[][] a =
        ReinforcePlusPlus.advantages(
            new double[][] {TokenRewards.terminal(1, 3), TokenRewards.terminal(0, 1)});
    assertThat(a[0]).containsExactly(new double[] {0.5, 0.5, 0.5}, within(1e-7));
    assertThat(a[1]).containsExactly(new double[] {-1.5}, within(1e-7));
  }

  @Test
  void groupBaselineComparesWithinAGroupAndWhitensOverTheBatch() {
    // Group 4: -.5, .5; group 9: -2, 2; the longer answers weigh more in mean and variance.
    double[][] a =
        ReinforcePlusPlus.withGroupBaseline(
            new double[] {0, 10, 1, 14}, new int[] {4, 9, 4, 9}, new int[] {1, 1, 2, 1});
    double[][] centred = {{-0.5}, {-2}, {0.5, 0.5}, {2}};
    assertThat(flat(a)).containsExactly(flat(BatchWhitening.whiten(centred)), within(1e-12));
    assertThat(a[2]).hasSize(2);
  }

  @Test
  void groupBaselineOfEqualRewardsIsExactlyZero() {
    double[][] a =
        ReinforcePlusPlus.withGroupBaseline(
            filled(7, 0.7), new int[] {1, 1, 1, 2, 2, 2, 2}, new int[] {1, 2, 3, 4, 5, 6, 7});
    assertThat(flat(a)).hasSize(28).containsOnly(0.0);
  }

  @Test
  void groupBaselineRefusesASingleton() {
    assertThatThrownBy(
            () ->
                ReinforcePlusPlus.withGroupBaseline(
                    new double[] {1, 0, 1}, new int[] {1, 1, 2}, new int[] {1, 1, 1}))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("the group has 1");
  }

  @Test
  void gePpoCentresWithTheWeightedMean() {
    double[][] advantages = {{1, 3}, {5}};
    double[][] ratios = {{2, 1}, {0.5}};
    double[] nu = {1, 2};
    // Weights 2, 1, 1 give the mean 10/4; the products 2, 3, 5 lie -4/3, -1/3, 5/3 from theirs.
    double std = Math.sqrt((16 + 1 + 25) / 9.0 / 3);
    double[] expected = {(1 - 2.5) / std, (3 - 2.5) / std, (5 - 2.5) / std};
    assertThat(flat(GePpoCentring.centre(advantages, ratios, nu)))
        .containsExactly(expected, within(1e-7));
  }

  @Property
  void gePpoLeavesAWeightedMeanOfZero(@ForAll("batches") double[][] batch) {
    double[][] ratios =
        Arrays.stream(batch)
            .map(row -> Arrays.stream(row).map(a -> 0.5 + a * a).toArray())
            .toArray(double[][]::new);
    double[] nu = filled(batch.length, 0.7);
    double[] centred = flat(GePpoCentring.centre(batch, ratios, nu));
    double[] weights = flat(ratios);
    double sum = 0;
    double size = 0;
    for (int i = 0; i < centred.length; i++) {
      sum += weights[i] * centred[i];
      size += weights[i] * Math.abs(centred[i]);
    }
    assertThat(sum).isCloseTo(0, within(1e-6 * (1 + size)));
  }

  @Property
  void gePpoOfFreshTokensIsTheUsualWhitening(@ForAll("batches") double[][] batch) {
    double[] a = flat(batch);
    double mean = Arrays.stream(a).average().orElseThrow();
    double std = Math.sqrt(Arrays.stream(a).map(x -> (x - mean) * (x - mean)).sum() / a.length);
    double[] expected = Arrays.stream(a).map(x -> (x - mean) / (std + 1e-8)).toArray();
    if (std > 1e-3) {
      assertThat(flat(GePpoCentring.centre(batch, ones(batch), filled(batch.length, 1))))
          .containsExactly(expected, within(1e-6));
    }
  }

  @Test
  void gePpoRefusesABatchWithoutWeight() {
    assertThatThrownBy(
            () ->
                GePpoCentring.centre(
                    new double[][] {{1, 2}}, new double[][] {{0, 0}}, new double[] {1}))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("add up to 0");
  }
}
