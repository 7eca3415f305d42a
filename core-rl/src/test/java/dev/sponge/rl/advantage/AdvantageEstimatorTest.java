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
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdvantageEstimatorTest {
  private static final AdvantageSettings SETTINGS = AdvantageSettings.defaults();
  private static final AdvantageSettings POPULATION =
      new AdvantageSettings(1e-6, GroupStd.POPULATION, 0, 0);

  private static double[] reverse(double[] values) {
    double[] reversed = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      reversed[i] = values[values.length - 1 - i];
    }
    return reversed;
  }

  private static double sum(double[] values) {
    return Arrays.stream(values).sum();
  }

  @ParameterizedTest
  @CsvSource({"GRPO, 2.4749, -0.3536", "DR_GRPO, 0.875, -0.125", "RLOO, 1, -0.1429"})
  void oneRightAnswerOfEight(AdvantageEstimator estimator, double right, double wrong) {
    double[] a = estimator.advantages(new double[] {0, 0, 1, 0, 0, 0, 0, 0}, SETTINGS);
    assertThat(a[2]).isCloseTo(right, within(1e-4));
    for (int i : new int[] {0, 1, 3, 4, 5, 6, 7}) {
      assertThat(a[i]).isCloseTo(wrong, within(1e-4));
    }
  }

  @Test
  void grpoCanNormaliseByThePopulationStd() {
    double[] rewards = {0, 0, 1, 0, 0, 0, 0, 0};
    double[] a = AdvantageEstimator.GRPO.advantages(rewards, POPULATION);
    assertThat(a[2]).isCloseTo(2.6458, within(1e-4));
    assertThat(a[0]).isCloseTo(-0.3780, within(1e-4));
  }

  @Test
  void asymReLowersTheBaselineBelowTheMean() {
    double[] a = AdvantageEstimator.ASYMRE.advantages(new double[] {1, -1, -1, 1}, SETTINGS);
    assertThat(a).containsExactly(new double[] {1.1, -0.9, -0.9, 1.1}, within(1e-12));
    double[] equal = AdvantageEstimator.ASYMRE.advantages(new double[] {0.7, 0.7, 0.7}, SETTINGS);
    assertThat(equal).containsOnly(0.1);
  }

  @Test
  void asymReOfOneCompletionHasBaselineZero() {
    assertThat(AdvantageEstimator.ASYMRE.advantages(new double[] {-1}, SETTINGS))
        .containsExactly(-1);
  }

  @Test
  void rewardSubtractsTheConstantAlone() {
    AdvantageSettings settings = new AdvantageSettings(1e-6, GroupStd.SAMPLE, -0.1, -0.25);
    assertThat(AdvantageEstimator.REWARD.advantages(new double[] {1}, settings))
        .containsExactly(1.25);
    assertThat(AdvantageEstimator.REWARD.advantages(new double[] {1, -1, -1}, settings))
        .containsExactly(1.25, -0.75, -0.75);
  }

  @Test
  void emptyGroupIsRefusedByEveryEstimator() {
    for (AdvantageEstimator estimator : AdvantageEstimator.values()) {
      assertThatThrownBy(() -> estimator.advantages(new double[0], SETTINGS))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("the group has 0");
    }
  }

  @Test
  void offsetAndBaselineMustBeFinite() {
    assertThatThrownBy(() -> new AdvantageSettings(1e-6, GroupStd.SAMPLE, Double.NaN, 0))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("advantage.value_offset is NaN");
    assertThatThrownBy(() -> new AdvantageSettings(1e-6, GroupStd.SAMPLE, 0, 1 / 0.0))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("advantage.baseline is Infinity");
  }

  @ParameterizedTest
  @EnumSource(names = {"GRPO", "DR_GRPO", "RLOO"})
  void equalRewardsGiveExactlyZero(AdvantageEstimator estimator) {
    double[] rewards = new double[7];
    Arrays.fill(rewards, 0.7); // seven times 0.7, added up and divided, is not 0.7
    assertThat(estimator.advantages(rewards, SETTINGS)).containsOnly(0.0);
  }

  @Test
  void epsilonIsAddedToTheStandardDeviation() {
    double[] a = AdvantageEstimator.GRPO.advantages(new double[] {0, 2}, new AdvantageSettings(1));
    assertThat(a[1]).isCloseTo(1 / (Math.sqrt(2) + 1), within(1e-12));
  }

  @Test
  void rlooComparesWithTheMeanOfTheOthers() {
    double[] a = AdvantageEstimator.RLOO.advantages(new double[] {1, 2, 6}, SETTINGS);
    assertThat(a).containsExactly(new double[] {1 - 4, 2 - 3.5, 6 - 1.5}, within(1e-12));
  }

  @ParameterizedTest
  @EnumSource(names = {"GRPO", "DR_GRPO", "RLOO", "ASYMRE"})
  void splitGroupWouldGetOtherAdvantages(AdvantageEstimator estimator) {
    double[] whole = estimator.advantages(new double[] {1, 0, 0, 0, 1, 1, 1, 0}, SETTINGS);
    double[] half = estimator.advantages(new double[] {1, 0, 0, 0}, SETTINGS);
    assertThat(Math.abs(whole[0] - half[0])).isGreaterThan(0.1);
  }

  @ParameterizedTest
  @EnumSource(names = {"GRPO", "DR_GRPO", "RLOO"})
  void singleCompletionIsRefusedWithTheKeyToChange(AdvantageEstimator estimator) {
    assertThatThrownBy(() -> estimator.advantages(new double[] {1}, SETTINGS))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("the group has 1")
        .hasMessageContaining("rollout.group_size");
  }

  @Test
  void missingRewardIsNeverTakenForANumber() {
    assertThatThrownBy(
            () -> AdvantageEstimator.GRPO.advantages(new double[] {1, Double.NaN}, SETTINGS))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("Reward 1 of the group is NaN");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void epsilonMustBePositive(double epsilon) {
    assertThatThrownBy(() -> new AdvantageSettings(epsilon))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("advantage.std_epsilon");
  }

  @Provide
  Arbitrary<double[]> groups() {
    return Arbitraries.doubles().between(-5, 5).array(double[].class).ofMinSize(2).ofMaxSize(16);
  }

  @Property
  void advantagesOfAGroupAddUpToZero(@ForAll("groups") double[] rewards) {
    for (AdvantageEstimator estimator : AdvantageEstimator.values()) {
      if (estimator.needsGroup()) {
        assertThat(sum(estimator.advantages(rewards, SETTINGS))).isCloseTo(0, within(1e-6));
      }
    }
  }

  @Property
  void higherRewardNeverGetsALowerAdvantage(
      @ForAll AdvantageEstimator estimator, @ForAll("groups") double[] rewards) {
    double[] a = estimator.advantages(rewards, SETTINGS);
    for (int i = 1; i < a.length; i++) {
      if (rewards[i] > rewards[i - 1]) {
        assertThat(a[i]).isGreaterThanOrEqualTo(a[i - 1]);
      }
    }
  }

  @Property
  void baselineOfTheGroupIgnoresAShiftOfAllRewards(
      @ForAll("groups") double[] rewards, @ForAll @DoubleRange(min = -5, max = 5) double shift) {
    double[] moved = Arrays.stream(rewards).map(r -> r + shift).toArray();
    for (AdvantageEstimator estimator :
        new AdvantageEstimator[] {
          AdvantageEstimator.DR_GRPO, AdvantageEstimator.RLOO, AdvantageEstimator.ASYMRE
        }) {
      assertThat(estimator.advantages(moved, SETTINGS))
          .containsExactly(estimator.advantages(rewards, SETTINGS), within(1e-9));
    }
  }

  /** Replay may read a group back in another order; each response keeps its advantage. */
  @Property
  void wholeGroupKeepsItsAdvantagesInAnyOrder(
      @ForAll AdvantageEstimator estimator, @ForAll("groups") double[] rewards) {
    double[] reversed = reverse(rewards);
    assertThat(reverse(estimator.advantages(reversed, SETTINGS)))
        .containsExactly(estimator.advantages(rewards, SETTINGS), within(1e-6));
  }

  @Property
  void asymReAddsUpToMinusGTimesTheOffset(
      @ForAll("groups") double[] rewards, @ForAll @DoubleRange(min = -1, max = 0) double offset) {
    AdvantageSettings settings = new AdvantageSettings(1e-6, GroupStd.SAMPLE, offset, 0);
    double[] a = AdvantageEstimator.ASYMRE.advantages(rewards, settings);
    assertThat(sum(a)).isCloseTo(-rewards.length * offset, within(1e-9));
  }

  @Property
  void asymReWithoutOffsetIsDrGrpo(@ForAll("groups") double[] rewards) {
    AdvantageSettings settings = new AdvantageSettings(1e-6, GroupStd.SAMPLE, 0, 0);
    assertThat(AdvantageEstimator.ASYMRE.advantages(rewards, settings))
        .isEqualTo(AdvantageEstimator.DR_GRPO.advantages(rewards, settings));
  }

  @Property
  void grpoWithPopulationStdHasVarianceOne(
      @ForAll @IntRange(min = 1, max = 7) int right,
      @ForAll @DoubleRange(min = 0.5, max = 5) double scale) {
    double[] rewards = new double[8];
    Arrays.fill(rewards, 0, right, scale);
    double[] a = AdvantageEstimator.GRPO.advantages(rewards, POPULATION);
    assertThat(Arrays.stream(a).map(x -> x * x).sum()).isCloseTo(8, within(1e-4));
    assertThat(Arrays.stream(a).map(Math::abs).max().orElseThrow())
        .isLessThanOrEqualTo(Math.sqrt(7));
  }

  @Property
  void grpoIsBoundedBySizeOfTheGroup(@ForAll("groups") double[] rewards) {
    double bound = (rewards.length - 1) / Math.sqrt(rewards.length);
    for (double a : AdvantageEstimator.GRPO.advantages(rewards, SETTINGS)) {
      assertThat(Math.abs(a)).isLessThanOrEqualTo(bound + 1e-9);
    }
  }

  @Property
  void rlooIsDrGrpoTimesGOverGMinusOne(@ForAll("groups") double[] rewards) {
    double[] rloo = AdvantageEstimator.RLOO.advantages(rewards, SETTINGS);
    double[] dr = AdvantageEstimator.DR_GRPO.advantages(rewards, SETTINGS);
    double factor = rewards.length / (rewards.length - 1.0);
    for (int i = 0; i < dr.length; i++) {
      assertThat(rloo[i]).isCloseTo(factor * dr[i], within(1e-9));
    }
  }

  @Property
  void grpoIgnoresShiftAndScaleOfTheReward(
      @ForAll @IntRange(min = 1, max = 7) int right,
      @ForAll @DoubleRange(min = -5, max = 5) double shift,
      @ForAll @DoubleRange(min = 0.5, max = 5) double scale) {
    double[] rewards = new double[8];
    Arrays.fill(rewards, 0, right, 1);
    double[] moved = Arrays.stream(rewards).map(r -> scale * r + shift).toArray();
    double[] a = AdvantageEstimator.GRPO.advantages(rewards, SETTINGS);
    double[] b = AdvantageEstimator.GRPO.advantages(moved, SETTINGS);
    for (int i = 0; i < a.length; i++) {
      assertThat(b[i]).isCloseTo(a[i], within(1e-4));
    }
  }
}
