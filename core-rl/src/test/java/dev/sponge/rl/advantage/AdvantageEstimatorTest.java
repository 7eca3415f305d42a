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

  @ParameterizedTest
  @CsvSource({"GRPO, 2.4749, -0.3536", "DR_GRPO, 0.875, -0.125", "RLOO, 1, -0.1429"})
  void oneRightAnswerOfEight(AdvantageEstimator estimator, double right, double wrong) {
    double[] a = estimator.advantages(new double[] {0, 0, 1, 0, 0, 0, 0, 0}, SETTINGS);
    assertThat(a[2]).isCloseTo(right, within(1e-4));
    for (int i : new int[] {0, 1, 3, 4, 5, 6, 7}) {
      assertThat(a[i]).isCloseTo(wrong, within(1e-4));
    }
  }

  @ParameterizedTest
  @EnumSource(AdvantageEstimator.class)
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
  @EnumSource(AdvantageEstimator.class)
  void splitGroupWouldGetOtherAdvantages(AdvantageEstimator estimator) {
    double[] whole = estimator.advantages(new double[] {1, 0, 0, 0, 1, 1, 1, 0}, SETTINGS);
    double[] half = estimator.advantages(new double[] {1, 0, 0, 0}, SETTINGS);
    assertThat(Math.abs(whole[0] - half[0])).isGreaterThan(0.1);
  }

  @ParameterizedTest
  @EnumSource(AdvantageEstimator.class)
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
  void advantagesAddUpToZeroAndKeepTheOrderOfRewards(
      @ForAll AdvantageEstimator estimator, @ForAll("groups") double[] rewards) {
    double[] a = estimator.advantages(rewards, SETTINGS);
    assertThat(Arrays.stream(a).sum()).isCloseTo(0, within(1e-6));
    for (int i = 1; i < a.length; i++) {
      if (rewards[i] > rewards[i - 1]) {
        assertThat(a[i]).isGreaterThanOrEqualTo(a[i - 1]);
      }
    }
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
