package dev.sponge.rl.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.SpongeException;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class PreferencePairTest {
  @Test
  void bestIsChosenAndWorstRejected() {
    assertThat(PreferencePair.of(new double[] {0, -1, 3, 2})).contains(new PreferencePair(2, 1));
  }

  @Test
  void ofEqualRewardsTheFirstCounts() {
    assertThat(PreferencePair.of(new double[] {0, 1, 0, 1})).contains(new PreferencePair(1, 0));
    assertThat(PreferencePair.of(new double[] {1, 1, 0, 0})).contains(new PreferencePair(0, 2));
  }

  @Test
  void groupWithoutADifferenceGivesNoPair() {
    assertThat(PreferencePair.of(new double[] {0.7, 0.7, 0.7})).isEmpty();
    assertThat(PreferencePair.of(new double[] {1})).isEmpty();
    assertThat(PreferencePair.of(new double[0])).isEmpty();
  }

  @Test
  void missingRewardIsRefused() {
    assertThatThrownBy(() -> PreferencePair.of(new double[] {1, Double.NaN}))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("Reward 1 of the group is NaN");
  }

  @Provide
  Arbitrary<double[]> groups() {
    return Arbitraries.integers()
        .between(-2, 2)
        .map(Integer::doubleValue)
        .array(Double[].class)
        .ofMinSize(1)
        .ofMaxSize(6)
        .map(boxed -> Arrays.stream(boxed).mapToDouble(Double::doubleValue).toArray());
  }

  @Property
  void pairHoldsTheExtremesAndIsThereExactlyIfTheyDiffer(@ForAll("groups") double[] rewards) {
    double most = Arrays.stream(rewards).max().orElseThrow();
    double least = Arrays.stream(rewards).min().orElseThrow();
    assertThat(PreferencePair.of(rewards).isPresent()).isEqualTo(most > least);
    PreferencePair.of(rewards)
        .ifPresent(
            pair -> {
              assertThat(rewards[pair.chosen()]).isEqualTo(most);
              assertThat(rewards[pair.rejected()]).isEqualTo(least);
            });
  }
}
