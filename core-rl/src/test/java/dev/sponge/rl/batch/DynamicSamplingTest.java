package dev.sponge.rl.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.SpongeException;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DynamicSamplingTest {
  private static final double[] RIGHT = {1, 1, 1};
  private static final double[] WRONG = {-1, -1, -1};
  private static final double[] MIXED = {1, -1, 1};
  private static final double[] OTHER = {-1, -1, 1};

  private static DynamicSampling<double[]> fill(List<double[]> groups, int wanted) {
    return DynamicSampling.fill(groups, rewards -> rewards, wanted);
  }

  @Test
  void groupsWithEqualRewardsLeaveTheBatch() {
    DynamicSampling<double[]> batch = fill(List.of(RIGHT, MIXED, WRONG, OTHER), 3);
    assertThat(batch.kept()).containsExactly(MIXED, OTHER);
    assertThat(batch.uninformative()).isEqualTo(2);
    assertThat(batch.missing()).isEqualTo(1);
  }

  @Test
  void fullBatchTakesNothingMore() {
    DynamicSampling<double[]> batch = fill(List.of(MIXED, OTHER, RIGHT, MIXED), 2);
    assertThat(batch.kept()).containsExactly(MIXED, OTHER);
    assertThat(batch.uninformative()).isZero();
    assertThat(batch.missing()).isZero();
    assertThat(fill(List.of(MIXED), 0).kept()).isEmpty();
  }

  @Test
  void shapedRewardsThatDifferAreInformative() {
    assertThat(DynamicSampling.informative(new double[] {1, 1, 0.5})).isTrue();
    assertThat(DynamicSampling.informative(new double[] {0.5, 0.5})).isFalse();
    assertThat(DynamicSampling.informative(new double[] {1})).isFalse();
    assertThat(DynamicSampling.informative(new double[0])).isFalse();
  }

  @Test
  void missingRewardIsNotADifference() {
    assertThatThrownBy(() -> DynamicSampling.informative(new double[] {Double.NaN, Double.NaN}))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("Reward 0 of the group is NaN");
  }

  @Test
  void negativeSizeIsRefused() {
    assertThatThrownBy(() -> fill(List.of(), -1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Provide
  Arbitrary<List<Integer>> rightAnswers() {
    return Arbitraries.integers().between(0, 4).list().ofMaxSize(20);
  }

  @Property
  void keptAreThoseWithSomeButNotAllAnswersRight(
      @ForAll("rightAnswers") List<Integer> right, @ForAll @IntRange(max = 25) int wanted) {
    DynamicSampling<Integer> batch =
        DynamicSampling.fill(
            right,
            n -> {
              double[] rewards = new double[4];
              Arrays.fill(rewards, 0, n, 1);
              return rewards;
            },
            wanted);
    assertThat(batch.kept())
        .isEqualTo(right.stream().filter(n -> n > 0 && n < 4).limit(wanted).toList());
    assertThat(batch.kept().size() + batch.missing()).isEqualTo(wanted);
  }
}
