package dev.sponge.rl.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import dev.sponge.rl.UserError;
import dev.sponge.rl.objective.GePpoWeights.Target;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class GePpoTest {
  private static final int POLICIES = 10;

  private static double sum(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).sum();
  }

  private static double squares(List<Double> nu) {
    return nu.stream().mapToDouble(x -> x * x).sum();
  }

  /** Sum of (i + 1) nu_i. */
  private static double change(List<Double> nu) {
    double sum = 0;
    for (int i = 0; i < nu.size(); i++) {
      sum += (i + 1) * nu.get(i);
    }
    return sum;
  }

  @ParameterizedTest
  @CsvSource({
    "2, SAMPLE_SIZE, 3, 0.1",
    "2, TOTAL_VARIATION, 2, 0.1333333333",
    "2, MIX, 3, 0.1",
    "4, SAMPLE_SIZE, 7, 0.05",
    "4, MIX, 6, 0.0571428571",
  })
  void equalSharesOfMPoliciesGiveTwoOverMPlusOneOfTheBand(
      int batches, Target target, int policies, double epsilon) {
    GePpoWeights weights = GePpoWeights.uniform(batches, target);
    assertThat(weights.nu()).hasSize(policies).containsOnly(1.0 / policies);
    assertThat(weights.epsilon(0.2)).isCloseTo(epsilon, within(1e-9));
    assertThat(weights.ofHistory(50)).containsOnly(1.0);
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  void oneBatchIsPpo(Target target) {
    for (GePpoWeights weights :
        List.of(GePpoWeights.uniform(1, target), GePpoWeights.optimal(1, POLICIES, target))) {
      assertThat(weights.nu()).containsExactly(1.0);
      assertThat(weights.epsilon(0.2)).isEqualTo(0.2);
    }
  }

  @Test
  void lossOfOnePolicyIsPpo() {
    try (NDManager manager = Autograd.manager()) {
      TestBatch batch = TestBatch.random(3, 3, 4);
      batch.current = batch.mu;
      ClipRange clip = new ClipRange(0.2f, 0.2f);
      assertThat(batch.tokens(manager, new GePpoLoss(clip)).loss().toFloatArray())
          .isEqualTo(batch.tokens(manager, new PpoClipLoss(clip)).loss().toFloatArray());
    }
  }

  @Test
  void bestSharesForTheSampleSizeAreLinearInTheAge() {
    // Mean age 1 over five policies: 0.4, 0.3, 0.2, 0.1 and a fifth of exactly 0.
    List<Double> nu = GePpoWeights.optimal(2, POLICIES, Target.SAMPLE_SIZE).nu();
    assertThat(nu).hasSize(4);
    for (int i = 0; i < 4; i++) {
      assertThat(nu.get(i)).isCloseTo(0.4 - 0.1 * i, within(1e-9));
    }
    assertThat(GePpoWeights.optimal(2, POLICIES, Target.SAMPLE_SIZE).epsilon(0.2))
        .isCloseTo(0.1, within(1e-9));
  }

  @ParameterizedTest
  @CsvSource({"2", "3", "5", "8"})
  void noFeasibleSharesBeatTheBestOnes(int batches) {
    // Before dropping small shares both problems are convex: a random feasible point is no better.
    List<Double> samples = GePpoWeights.optimal(batches, POLICIES, Target.SAMPLE_SIZE).nu();
    List<Double> band = GePpoWeights.optimal(batches, POLICIES, Target.TOTAL_VARIATION).nu();
    assertThat(change(samples)).isCloseTo(batches, within(0.1));
    assertThat(squares(band)).isCloseTo(1.0 / batches, within(0.01));
    SplittableRandom random = new SplittableRandom(batches);
    int compared = 0;
    for (int i = 0; i < 20_000; i++) {
      List<Double> nu = randomShares(random);
      if (Math.abs(change(nu) - batches) < 0.05) {
        assertThat(squares(nu)).isGreaterThan(squares(samples) - 0.02);
        compared++;
      }
      if (squares(nu) <= 1.0 / batches) {
        assertThat(change(nu)).isGreaterThan(change(band) - 0.05);
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(20);
    assertThat(change(band)).isLessThanOrEqualTo((batches + 1) / 2.0 + 1e-9);
  }

  private static List<Double> randomShares(SplittableRandom random) {
    double decay = random.nextDouble(-1, 2);
    double[] raw = new double[POLICIES];
    double sum = 0;
    for (int i = 0; i < POLICIES; i++) {
      raw[i] = Math.exp(-decay * i) * random.nextDouble();
      sum += raw[i];
    }
    double total = sum;
    return Arrays.stream(raw).mapToObj(x -> x / total).toList();
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  void sharesSumToOneAndNoneIsSmall(Target target) {
    for (int batches = 1; batches <= POLICIES; batches++) {
      List<Double> nu = GePpoWeights.optimal(batches, POLICIES, target).nu();
      assertThat(sum(nu)).isCloseTo(1, within(1e-9));
      assertThat(nu).noneMatch(share -> share > 0 && share < 0.01).hasSizeLessThanOrEqualTo(10);
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "2", "3", "4", "9"})
  void weightsOfTheHistoryThatExistsHaveMeanOneAndTheSharesProportions(int available) {
    List<Double> weights =
        GePpoWeights.optimal(2, POLICIES, Target.SAMPLE_SIZE).ofHistory(available);
    assertThat(weights).hasSize(Math.min(available, 4));
    assertThat(sum(weights) / weights.size()).isCloseTo(1, within(1e-9));
    if (available > 1) {
      assertThat(weights.get(1) / weights.get(0)).isCloseTo(0.75, within(1e-9));
    }
  }

  @Test
  void historyShorterThanTheBatchesIsRefused() {
    assertThatThrownBy(() -> GePpoWeights.optimal(4, 3, Target.MIX))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("objective.geppo.max_policies is 3");
    assertThatThrownBy(() -> GePpoWeights.uniform(0, Target.MIX))
        .hasMessageContaining("objective.geppo.batches is 0");
  }

  @ParameterizedTest
  @CsvSource({
    "0.051, 0.97087378", // above eps_G / 2: divided by 1.03
    "0.049, 1",
    "0.026, 1",
    "0.024, 1.03",
  })
  void learningRateFallsAboveTheBandAndRisesBelowHalfOfIt(double variation, double factor) {
    double rate = new TvLearningRate(0.5, 1, 1.03).after(2e-6, variation, 0.1);
    assertThat(rate).isCloseTo(2e-6 * factor, within(1e-13));
  }

  @Test
  void estimateInExpectationIsTheTotalVariationFromPiK() {
    double[] mu = {0.2, 0.5, 0.3};
    double[] current = {0.3, 0.3, 0.4};
    double[] theta = {0.1, 0.35, 0.55};
    double[] weights = new double[3];
    double[] ratios = new double[3];
    double[] centres = new double[3];
    for (int a = 0; a < 3; a++) {
      weights[a] = 3 * mu[a]; // the mean over three actions becomes the expectation over mu
      ratios[a] = theta[a] / mu[a];
      centres[a] = current[a] / mu[a];
    }
    assertThat(TvLearningRate.totalVariation(weights, ratios, centres))
        .isCloseTo(0.2, within(1e-12));
  }
}
