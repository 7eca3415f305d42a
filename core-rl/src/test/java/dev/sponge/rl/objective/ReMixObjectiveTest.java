package dev.sponge.rl.objective;

import static dev.sponge.rl.objective.Autograd.array;
import static dev.sponge.rl.objective.Autograd.differentiate;
import static dev.sponge.rl.objective.Autograd.gaussians;
import static dev.sponge.rl.objective.Autograd.kl;
import static dev.sponge.rl.objective.Autograd.leaf;
import static dev.sponge.rl.objective.Autograd.log;
import static dev.sponge.rl.objective.Autograd.ones;
import static dev.sponge.rl.objective.Autograd.row;
import static dev.sponge.rl.objective.Autograd.softmax;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import dev.sponge.rl.UserError;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReMixObjectiveTest {
  private static final ClipRange CLIP = new ClipRange(0.2f, 0.2f);
  private static final double[][] MASK = {{1, 1, 1, 0}, {1, 1, 0, 0}, {1, 1, 1, 1}};
  private static final int TOKENS = 9;

  private NDManager manager;

  @BeforeEach
  void open() {
    manager = Autograd.manager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private static ObjectiveSettings settings(double beta, double entropyCoefficient) {
    return new ObjectiveSettings(
        new PolicyLoss.MixPpgLoss(CLIP),
        new KlSettings(beta, KlEstimator.K2, 0.7, true),
        entropyCoefficient,
        LossAggregation.TOKEN_MEAN,
        64);
  }

  private PolicyBatch batch(NDArray logp, NDArray entropy) {
    return new PolicyBatch(
        logp,
        entropy,
        new FrozenLogprobs(random(3), random(4), random(5), random(6), random(3)),
        random(7),
        logp.onesLike(),
        array(manager, MASK));
  }

  private NDArray random(long seed) {
    return array(manager, gaussians(seed, 3, 4, 0.4));
  }

  @Test
  void lossIsMixPpgMinusEntropyBonusPlusKlConvex() {
    double beta = 0.3;
    double bonus = 0.2;
    PolicyBatch b = batch(random(1), random(2));
    BatchTotals totals = settings(beta, bonus).totals(TOKENS, 3);
    TokenLoss policy =
        MixPpg.loss(
            b.logp(), b.frozen().mu(), b.frozen().current(), b.advantages(), b.mask(), CLIP);
    KlLoss kl =
        KlConvex.loss(
            b.logp(),
            b.frozen().base(),
            b.frozen().precedent(),
            policy.ratio(),
            b.mask(),
            new KlSettings(beta, KlEstimator.K2, 0.7, true));
    LossAggregation mean = LossAggregation.TOKEN_MEAN;
    double expected =
        mean.aggregate(policy.loss(), b.mask(), totals).getFloat()
            - bonus * mean.aggregate(b.entropy(), b.mask(), totals).getFloat()
            + beta * mean.aggregate(kl.loss(), b.mask(), totals).getFloat();
    LossResult result = ReMixObjective.loss(b, settings(beta, bonus), totals);
    assertThat((double) result.loss().getFloat()).isCloseTo(expected, within(1e-6));
    TokenStats stats = result.stats();
    assertThat(stats.policyLoss().toFloatArray()).isEqualTo(policy.loss().toFloatArray());
    assertThat(stats.ratio().toFloatArray()).isEqualTo(policy.ratio().toFloatArray());
    assertThat(stats.logCentre().toFloatArray()).isEqualTo(policy.logCentre().toFloatArray());
    assertThat(stats.clipped().toFloatArray()).isEqualTo(policy.clipped().toFloatArray());
    assertThat(stats.klBase().toFloatArray()).isEqualTo(kl.klBase().toFloatArray());
    assertThat(stats.klPrecedent().toFloatArray()).isEqualTo(kl.klPrecedent().toFloatArray());
    assertThat(stats.entropy().toFloatArray()).isEqualTo(b.entropy().toFloatArray());
  }

  @Test
  void gradientReachesLogpAndEntropyOnlyAndStatsAreDetached() {
    PolicyBatch b = batch(leaf(random(1)), leaf(random(2)));
    NDArray[] frozen = {
      b.frozen().mu(),
      b.frozen().current(),
      b.frozen().base(),
      b.frozen().precedent(),
      b.advantages()
    };
    for (NDArray array : frozen) {
      leaf(array);
    }
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      ObjectiveSettings settings = settings(0.3, 0.2);
      LossResult result = ReMixObjective.loss(b, settings, settings.totals(TOKENS, 3));
      TokenStats stats = result.stats();
      for (NDArray array :
          new NDArray[] {
            stats.policyLoss(),
            stats.ratio(),
            stats.logCentre(),
            stats.clipped(),
            stats.klBase(),
            stats.klPrecedent(),
            stats.entropy()
          }) {
        assertThat(array.hasGradient()).isFalse();
      }
      collector.backward(result.loss());
    }
    assertThat(Gradients.isZero(b.logp())).isFalse();
    float[] entropyGradient = b.entropy().getGradient().toFloatArray();
    assertThat(entropyGradient[0]).isCloseTo(-0.2f / TOKENS, within(1e-6f));
    assertThat(entropyGradient[3]).isZero();
    for (NDArray array : frozen) {
      assertThat(Gradients.isZero(array)).isTrue();
    }
  }

  @Test
  void garbageInMaskedPositionsHasNoEffectOnLossOrGradient() {
    Autograd.Result clean = withMaskedValue(0.5);
    for (double garbage : new double[] {Double.NaN, Double.NEGATIVE_INFINITY, 1e30}) {
      Autograd.Result dirty = withMaskedValue(garbage);
      assertThat(dirty.value()).isEqualTo(clean.value());
      assertThat(dirty.gradient()).isEqualTo(clean.gradient());
    }
  }

  private Autograd.Result withMaskedValue(double value) {
    NDArray[] inputs = new NDArray[7];
    for (int i = 0; i < inputs.length; i++) {
      double[][] rows = gaussians(i + 1, 3, 4, 0.4);
      rows[0][3] = rows[1][2] = rows[1][3] = value;
      inputs[i] = array(manager, rows);
    }
    ObjectiveSettings settings = settings(0.3, 0.2);
    return differentiate(
        inputs[0],
        x ->
            ReMixObjective.loss(
                    new PolicyBatch(
                        x,
                        inputs[1],
                        new FrozenLogprobs(inputs[2], inputs[3], inputs[4], inputs[5], inputs[2]),
                        inputs[6],
                        x.onesLike(),
                        array(manager, MASK)),
                    settings,
                    settings.totals(TOKENS, 3))
                .loss());
  }

  @Test
  void lossWithoutBonusAndKlIgnoresTheirInputs() {
    ObjectiveSettings plain = settings(0, 0);
    BatchTotals totals = plain.totals(TOKENS, 3);
    float first = ReMixObjective.loss(batch(random(1), random(2)), plain, totals).loss().getFloat();
    PolicyBatch b = batch(random(1), random(2).mul(Float.NaN));
    assertThat(ReMixObjective.loss(b, plain, totals).loss().getFloat()).isEqualTo(first);
  }

  /**
   * All actions of one state as tokens of the uniform behaviour policy: with the ratio as weight,
   * the token mean is the exact expectation under the policy.
   */
  private double[] descend(ObjectiveSettings settings, double[] start, double[] anchor, int steps) {
    double[] logits = start.clone();
    int actions = start.length;
    NDArray uniform = row(manager, ones(actions)).mul(-Math.log(actions));
    NDArray zero = row(manager, new double[actions]);
    NDArray anchored = row(manager, log(anchor));
    for (int step = 0; step < steps; step++) {
      float[] gradient =
          differentiate(
                  row(manager, logits),
                  z -> {
                    NDArray logp = z.logSoftmax(1);
                    NDArray entropy =
                        logp.mul(logp.exp()).sum().neg().reshape(1, 1).repeat(1, actions);
                    PolicyBatch b =
                        new PolicyBatch(
                            logp,
                            entropy,
                            new FrozenLogprobs(uniform, uniform, anchored, anchored, uniform),
                            zero,
                            row(manager, ones(actions)),
                            row(manager, ones(actions)));
                    return ReMixObjective.loss(b, settings, settings.totals(actions, 1)).loss();
                  })
              .gradient();
      for (int i = 0; i < actions; i++) {
        logits[i] -= 0.5 * gradient[i];
      }
    }
    return softmax(logits);
  }

  @Test
  void klTermAloneLowersTheDivergence() {
    double[] start = {1.5, -1, 0.3};
    double[] anchor = softmax(new double[] {-0.5, 0.8, 0.1});
    double[] after = descend(settings(1, 0), start, anchor, 30);
    assertThat(kl(after, anchor)).isLessThan(0.1 * kl(softmax(start), anchor));
  }

  @Test
  void entropyBonusAloneRaisesTheEntropy() {
    double[] start = {1.5, -1, 0.3};
    double[] uniform = {1 / 3.0, 1 / 3.0, 1 / 3.0};
    double[] after = descend(settings(0, 1), start, uniform, 30);
    // Entropy is log 3 minus the divergence from uniform.
    assertThat(kl(after, uniform)).isLessThan(0.1 * kl(softmax(start), uniform));
  }

  @Test
  void accumulatedMicroBatchesEqualTheMinibatchInLossAndGradient() {
    ObjectiveSettings settings = settings(0.3, 0.2);
    BatchTotals totals = settings.totals(TOKENS, 3);
    Autograd.Result whole =
        differentiate(
            random(1), x -> ReMixObjective.loss(batch(x, random(2)), settings, totals).loss());
    Autograd.Result parts =
        differentiate(
            random(1),
            x -> {
              PolicyBatch b = batch(x, random(2));
              NDArray first = ReMixObjective.loss(rows(b, 0, 1), settings, totals).loss();
              return first.add(ReMixObjective.loss(rows(b, 1, 3), settings, totals).loss());
            });
    assertThat(parts.value()).isCloseTo(whole.value(), within(1e-6f));
    for (int i = 0; i < whole.gradient().length; i++) {
      assertThat(parts.gradient()[i]).isCloseTo(whole.gradient()[i], within(1e-6f));
    }
  }

  private static PolicyBatch rows(PolicyBatch b, int from, int to) {
    String index = from + ":" + to;
    return new PolicyBatch(
        b.logp().get(index),
        b.entropy().get(index),
        new FrozenLogprobs(
            b.frozen().mu().get(index),
            b.frozen().current().get(index),
            b.frozen().base().get(index),
            b.frozen().precedent().get(index),
            b.frozen().sampler().get(index)),
        b.advantages().get(index),
        b.weights().get(index),
        b.mask().get(index));
  }

  private ObjectiveSettings extended(OptionalDouble dualClip, OptionalDouble weightCap) {
    return new ObjectiveSettings(
        new PolicyLoss.MixPpgLoss(CLIP, dualClip, weightCap),
        new KlSettings(0, KlEstimator.K2, 1, true),
        0,
        LossAggregation.TOKEN_MEAN,
        1);
  }

  /** One replayed token with mu = 0.1 and pi_k = 0.5, so c = 5. */
  private Autograd.Result replayedToken(double p, double advantage, ObjectiveSettings settings) {
    NDArray zero = row(manager, 0);
    return differentiate(
        row(manager, Math.log(p)),
        x ->
            ReMixObjective.loss(
                    new PolicyBatch(
                        x,
                        zero,
                        new FrozenLogprobs(
                            row(manager, Math.log(0.1)),
                            row(manager, Math.log(0.5)),
                            zero,
                            zero,
                            zero),
                        row(manager, advantage),
                        row(manager, 1),
                        row(manager, 1)),
                    settings,
                    settings.totals(1, 1))
                .loss());
  }

  @Test
  void dualClipIsMeasuredFromTheCentreAndBoundsTheLoss() {
    ObjectiveSettings dual = extended(OptionalDouble.of(1.5), OptionalDouble.empty());
    // Unmoved, r = c = 5: a cap of 1.5 on the raw ratio would kill this gradient.
    assertThat(replayedToken(0.5, -1, dual).gradient()[0]).isCloseTo(5f, within(1e-4f));
    Autograd.Result moved = replayedToken(0.9, -1, dual); // r = 9 above 1.5 * 5
    assertThat(moved.value()).isCloseTo(7.5f, within(1e-4f));
    assertThat(moved.gradient()[0]).isZero();
    assertThat(
            replayedToken(0.9, -1, extended(OptionalDouble.empty(), OptionalDouble.empty()))
                .value())
        .isCloseTo(9f, within(1e-4f));
    assertThat(replayedToken(0.5, 1, dual).gradient()[0]).isCloseTo(-5f, within(1e-4f));
  }

  @Test
  void weightCapReplacesTheWeightCByTheCapAndLeavesSmallWeightsAlone() {
    ObjectiveSettings capped = extended(OptionalDouble.empty(), OptionalDouble.of(2));
    assertThat(replayedToken(0.5, 1, capped).gradient()[0]).isCloseTo(-2f, within(1e-4f));
    ObjectiveSettings loose = extended(OptionalDouble.empty(), OptionalDouble.of(6));
    assertThat(replayedToken(0.5, 1, loose).gradient()[0]).isCloseTo(-5f, within(1e-4f));
  }

  @Test
  void wrongShapesAreRefusedInsteadOfBroadcast() {
    NDArray wide = random(1);
    NDArray column = array(manager, new double[][] {{1}, {1}, {1}});
    assertThatThrownBy(
            () ->
                new PolicyBatch(
                    wide,
                    wide,
                    new FrozenLogprobs(wide, wide, wide, wide, wide),
                    column,
                    wide,
                    array(manager, MASK)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("advantages has shape (3, 1)");
  }

  @Test
  void settingsOutOfRangeNameTheirKey() {
    assertThatThrownBy(() -> settings(-1, 0))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("objective.kl.coefficient is -1.0");
    assertThatThrownBy(() -> settings(0, Double.NaN))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("objective.entropy_coefficient");
    assertThatThrownBy(() -> extended(OptionalDouble.of(1), OptionalDouble.empty()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("objective.dual_clip");
    assertThatThrownBy(() -> new KlSettings(0, KlEstimator.K2, 2, true))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("objective.kl.lambda");
  }

  @Test
  void totalsOfAnotherLengthNormAreRefused() {
    ObjectiveSettings settings = settings(0, 0);
    PolicyBatch b = batch(random(1), random(2));
    assertThatThrownBy(() -> ReMixObjective.loss(b, settings, new BatchTotals(TOKENS, 3, 63)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("63");
  }
}
