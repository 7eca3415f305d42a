package dev.sponge.rl.objective;

import static dev.sponge.rl.objective.Autograd.differentiate;
import static dev.sponge.rl.objective.Autograd.leaf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import dev.sponge.rl.UserError;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TruncatedImportanceTest {
  private static final ClipRange CLIP = new ClipRange(0.2f, 0.28f);
  private static final int B = 5;
  private static final int C = 8;

  private final TestBatch batch = TestBatch.random(11, B, C);
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = Autograd.manager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private static void assertClose(float[] actual, double[] expected) {
    assertThat(actual).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).as("entry %d", i).isCloseTo(expected[i], within(1e-5));
    }
  }

  private Autograd.Result objective(PolicyLoss loss, Optional<TruncatedImportance> truncated) {
    ObjectiveSettings settings =
        new ObjectiveSettings(
            loss,
            new KlSettings(0, KlEstimator.K2, 1, true),
            0,
            LossAggregation.TOKEN_MEAN,
            1,
            truncated);
    return differentiate(
        batch.logp(manager),
        x -> ReMixObjective.loss(batch.at(x), settings, settings.totals(B * C, B)).loss());
  }

  @Test
  void weightIsOneWhereTrainerAndSamplerAgree() {
    batch.sampler = batch.mu;
    PolicyLoss ppo = new PpoClipLoss(CLIP);
    Autograd.Result plain = objective(ppo, Optional.empty());
    Autograd.Result weighted =
        objective(ppo, Optional.of(new TruncatedImportance(2, RatioLevel.TOKEN)));
    assertThat(weighted.value()).isEqualTo(plain.value());
    assertThat(weighted.gradient()).isEqualTo(plain.gradient());
  }

  @Test
  void weightWithAHighCapIsPlainImportanceSamplingOnTheLoss() {
    double sum = 0;
    float[] losses = batch.tokens(manager, new PpoClipLoss(CLIP)).loss().toFloatArray();
    for (int i = 0; i < losses.length; i++) {
      sum += losses[i] * Math.exp(batch.mu[i / C][i % C] - batch.sampler[i / C][i % C]);
    }
    Autograd.Result weighted =
        objective(
            new PpoClipLoss(CLIP), Optional.of(new TruncatedImportance(1e9, RatioLevel.TOKEN)));
    assertThat((double) weighted.value()).isCloseTo(sum / (B * C), within(1e-5));
  }

  @Test
  void weightLeavesRatiosBelowTheCapAndCutsThoseAbove() {
    TestBatch two = TestBatch.constant(2, 2);
    two.mu = new double[][] {{Math.log(1.5), Math.log(5)}, {Math.log(0.2), 0}};
    assertClose(
        new TruncatedImportance(2, RatioLevel.TOKEN)
            .weights(two.at(two.logp(manager)))
            .toFloatArray(),
        new double[] {1.5, 2, 0.2, 1});
    assertClose(
        new TruncatedImportance(2, RatioLevel.SEQUENCE)
            .weights(two.at(two.logp(manager)))
            .toFloatArray(),
        new double[] {2, 2, 0.2, 0.2});
    assertClose(
        new TruncatedImportance(4, RatioLevel.GEOMETRIC)
            .weights(two.at(two.logp(manager)))
            .toFloatArray(),
        new double[] {Math.sqrt(7.5), Math.sqrt(7.5), Math.sqrt(0.2), Math.sqrt(0.2)});
  }

  @Test
  void lossOverPairsHasNoWeight() {
    assertThatThrownBy(
            () ->
                objective(
                    new OnlineDpoLoss(0.1, false),
                    Optional.of(new TruncatedImportance(2, RatioLevel.TOKEN))))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("objective.truncated_importance.cap is 2.0");
  }

  @ParameterizedTest
  @EnumSource(LossAggregation.class)
  void weightKeepsTheDenominators(LossAggregation by) {
    // Half the weight on every token must give half the loss.
    batch.sampler = Autograd.plus(batch.mu, TestBatch.filled(B, C, Math.log(2)));
    BatchTotals totals = new BatchTotals(B * C, B, 1);
    KlSettings none = new KlSettings(0, KlEstimator.K2, 1, true);
    PolicyLoss ppo = new PpoClipLoss(CLIP);
    Optional<TruncatedImportance> half = Optional.of(new TruncatedImportance(2, RatioLevel.TOKEN));
    PolicyBatch at = batch.at(batch.logp(manager));
    float whole =
        ReMixObjective.loss(at, new ObjectiveSettings(ppo, none, 0, by, 1), totals)
            .loss()
            .getFloat();
    float weighted =
        ReMixObjective.loss(at, new ObjectiveSettings(ppo, none, 0, by, 1, half), totals)
            .loss()
            .getFloat();
    assertThat(weighted).isCloseTo(whole / 2, within(1e-5f));
  }

  @ParameterizedTest
  @EnumSource(RatioLevel.class)
  void garbageInMaskedPositionsHasNoEffectOnValueOrGradient(RatioLevel level) {
    Optional<TruncatedImportance> truncated = Optional.of(new TruncatedImportance(2, level));
    batch.mask[0][7] = batch.mask[3][6] = batch.mask[3][7] = 0;
    Autograd.Result clean = objective(new PpoClipLoss(CLIP), truncated);
    batch.sampler[0][7] = Double.NaN;
    batch.sampler[3][6] = Double.NEGATIVE_INFINITY;
    batch.mu[3][7] = Double.NaN;
    Autograd.Result dirty = objective(new PpoClipLoss(CLIP), truncated);
    assertThat(dirty.value()).isEqualTo(clean.value());
    assertThat(dirty.gradient()).isEqualTo(clean.gradient());
  }

  @ParameterizedTest
  @EnumSource(RatioLevel.class)
  void weightHasNoGradientAndDoesNotDependOnTheTrainedPolicy(RatioLevel level) {
    PolicyBatch leaves = batch.at(leaf(batch.logp(manager)));
    leaf(leaves.frozen().mu());
    leaf(leaves.frozen().sampler());
    TruncatedImportance truncated = new TruncatedImportance(2, level);
    assertThat(truncated.weights(leaves).hasGradient()).isFalse();
    float[] before = truncated.weights(leaves).toFloatArray();
    batch.logp = TestBatch.filled(B, C, -3);
    assertThat(truncated.weights(batch.at(batch.logp(manager))).toFloatArray()).isEqualTo(before);
  }

  @Test
  void capMustBePositive() {
    assertThatThrownBy(() -> new TruncatedImportance(0, RatioLevel.TOKEN))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("objective.truncated_importance.cap is 0.0");
  }
}
