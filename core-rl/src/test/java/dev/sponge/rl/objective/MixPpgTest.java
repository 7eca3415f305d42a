package dev.sponge.rl.objective;

import static dev.sponge.rl.objective.Autograd.array;
import static dev.sponge.rl.objective.Autograd.differentiate;
import static dev.sponge.rl.objective.Autograd.gaussians;
import static dev.sponge.rl.objective.Autograd.leaf;
import static dev.sponge.rl.objective.Autograd.log;
import static dev.sponge.rl.objective.Autograd.ones;
import static dev.sponge.rl.objective.Autograd.plus;
import static dev.sponge.rl.objective.Autograd.policyGradient;
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
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MixPpgTest {
  private static final double LOW = 0.2;
  private static final double HIGH = 0.3;
  private static final ClipRange CLIP = new ClipRange((float) LOW, (float) HIGH);
  private static final int B = 4;
  private static final int C = 7;

  // Random tokens, far enough from each other that all cases of the clip occur.
  private final double[][] logpCurrent = gaussians(1, B, C, 0.7);
  private final double[][] logp = plus(logpCurrent, gaussians(2, B, C, 0.3));
  private final double[][] logpMu = plus(logpCurrent, gaussians(3, B, C, 0.5));
  private final double[][] advantages = gaussians(4, B, C, 1);
  private final double[][] mask = {ones(C), ones(C), ones(C), ones(C)};

  private NDManager manager;

  @BeforeEach
  void open() {
    manager = Autograd.manager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private TokenLoss tokenLoss(NDArray at, double[][] mu, double[][] current) {
    return MixPpg.loss(
        at,
        array(manager, mu),
        array(manager, current),
        array(manager, advantages),
        array(manager, mask),
        CLIP);
  }

  private Autograd.Result sum(double[][] at, double[][] mu, double[][] current) {
    return differentiate(array(manager, at), x -> tokenLoss(x, mu, current).loss().sum());
  }

  private float[] values(double[][] at, double[][] mu, double[][] current) {
    return tokenLoss(array(manager, at), mu, current).loss().toFloatArray();
  }

  /** The formula of the paper in double precision, the band given by its two ends. */
  private static double surrogateLoss(double r, double lower, double upper, double a) {
    return Math.max(-r * a, -Math.min(Math.max(r, lower), upper) * a);
  }

  private interface TokenFormula {
    double at(double r, double c, double a);
  }

  private double[] reference(TokenFormula formula) {
    double[] result = new double[B * C];
    for (int i = 0; i < result.length; i++) {
      int b = i / C;
      int t = i % C;
      double r = Math.exp(logp[b][t] - logpMu[b][t]);
      double c = Math.exp(logpCurrent[b][t] - logpMu[b][t]);
      result[i] = formula.at(r, c, advantages[b][t]);
    }
    return result;
  }

  private static void assertClose(float[] actual, double[] expected) {
    assertThat(actual).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).as("entry %d", i).isCloseTo(expected[i], within(1e-5));
    }
  }

  @Test
  void lossIsTheFormulaOfThePaperOnEveryToken() {
    assertClose(
        values(logp, logpMu, logpCurrent),
        reference((r, c, a) -> surrogateLoss(r, c - LOW, c + HIGH, a)));
  }

  @Test
  void freshTokensGetPpoClipInValueAndGradient() {
    Autograd.Result mix = sum(logp, logpCurrent, logpCurrent);
    double[] value = new double[B * C];
    double[] gradient = new double[B * C];
    for (int i = 0; i < value.length; i++) {
      double u = Math.exp(logp[i / C][i % C] - logpCurrent[i / C][i % C]);
      double a = advantages[i / C][i % C];
      value[i] = surrogateLoss(u, 1 - LOW, 1 + HIGH, a);
      gradient[i] = (a > 0 && u > 1 + HIGH) || (a < 0 && u < 1 - LOW) ? 0 : -u * a;
    }
    assertClose(values(logp, logpCurrent, logpCurrent), value);
    assertClose(mix.gradient(), gradient);
  }

  @Test
  void atThetaKNothingIsClippedAndTheGradientIsMinusCTimesAOnEveryToken() {
    TokenLoss token = tokenLoss(array(manager, logpCurrent), logpMu, logpCurrent);
    assertThat(token.clipped().toFloatArray()).containsOnly(0f);
    assertThat(token.ratio().toFloatArray()).isEqualTo(token.logCentre().exp().toFloatArray());
    assertClose(sum(logpCurrent, logpMu, logpCurrent).gradient(), reference((r, c, a) -> -c * a));
  }

  @Test
  void lossEqualsPpoClipAroundPiKWithRelativeBandWeightedByC() {
    assertClose(
        values(logp, logpMu, logpCurrent),
        reference((r, c, a) -> c * surrogateLoss(r / c, 1 - LOW / c, 1 + HIGH / c, a)));
  }

  @Test
  void lossIsNotDecoupledPpoWithTheSameBand() {
    double[] decoupled = reference((r, c, a) -> c * surrogateLoss(r / c, 1 - LOW, 1 + HIGH, a));
    float[] mix = values(logp, logpMu, logpCurrent);
    double difference = 0;
    for (int i = 0; i < mix.length; i++) {
      difference = Math.max(difference, Math.abs(mix[i] - decoupled[i]));
    }
    assertThat(difference).isGreaterThan(1e-2);
  }

  @Test
  void clampingTheLowerBoundAtZeroChangesNothing() {
    ClipRange wide = new ClipRange(1.5f, 0.3f); // c - 1.5 is below 0 for most tokens
    NDArray token =
        MixPpg.loss(
                array(manager, logp),
                array(manager, logpMu),
                array(manager, logpCurrent),
                array(manager, advantages),
                array(manager, mask),
                wide)
            .loss();
    assertClose(
        token.toFloatArray(),
        reference((r, c, a) -> surrogateLoss(r, Math.max(c - 1.5, 0), c + 0.3, a)));
  }

  @Test
  void staleTokenThatPpoWouldClipAtThetaKKeepsItsGradient() {
    NDArray mu = row(manager, Math.log(0.3));
    NDArray one = row(manager, 1);
    float[] mix =
        differentiate(
                row(manager, Math.log(0.5)),
                x -> MixPpg.loss(x, mu, row(manager, Math.log(0.5)), one, one, CLIP).loss().sum())
            .gradient();
    // The fixed centre of PPO is the same call with mu taken for pi_k.
    float[] ppo =
        differentiate(
                row(manager, Math.log(0.5)),
                x -> MixPpg.loss(x, mu, mu, one, one, CLIP).loss().sum())
            .gradient();
    assertThat(mix[0]).isCloseTo(-5f / 3, within(1e-5f));
    assertThat(ppo[0]).isZero();
  }

  @Test
  void gradientIsZeroExactlyOnClippedTokensAndMinusRTimesAElsewhere() {
    float[] clipped = tokenLoss(array(manager, logp), logpMu, logpCurrent).clipped().toFloatArray();
    double[] dead =
        reference((r, c, a) -> (a > 0 && r > c + HIGH) || (a < 0 && r < c - LOW) ? 1 : 0);
    assertClose(clipped, dead);
    assertThat(Arrays.stream(dead).sum()).isBetween(1.0, B * C - 1.0);
    assertClose(
        sum(logp, logpMu, logpCurrent).gradient(),
        reference((r, c, a) -> (a > 0 && r > c + HIGH) || (a < 0 && r < c - LOW) ? 0 : -r * a));
  }

  @Test
  void zeroAdvantageGivesZeroLossAndGradient() {
    for (double[] row : advantages) {
      Arrays.fill(row, 0);
    }
    assertClose(values(logp, logpMu, logpCurrent), new double[B * C]);
    assertClose(sum(logp, logpMu, logpCurrent).gradient(), new double[B * C]);
  }

  @Test
  void garbageInMaskedPositionsHasNoEffectOnValueOrGradient() {
    mask[0][5] = mask[0][6] = mask[2][0] = 0;
    Autograd.Result clean = sum(logp, logpMu, logpCurrent);
    double[] garbage = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
    int[][] masked = {{0, 5}, {0, 6}, {2, 0}};
    for (int i = 0; i < masked.length; i++) {
      int b = masked[i][0];
      int t = masked[i][1];
      logp[b][t] = garbage[i];
      logpMu[b][t] = garbage[(i + 1) % 3];
      logpCurrent[b][t] = garbage[(i + 2) % 3];
      advantages[b][t] = garbage[i];
    }
    Autograd.Result dirty = sum(logp, logpMu, logpCurrent);
    assertThat(dirty.value()).isEqualTo(clean.value());
    assertThat(dirty.gradient()).isEqualTo(clean.gradient());
    TokenLoss token = tokenLoss(array(manager, logp), logpMu, logpCurrent);
    assertThat(token.loss().toFloatArray()[5]).isZero();
    assertThat(token.ratio().toFloatArray()[5]).isEqualTo(1);
    assertThat(token.logCentre().toFloatArray()[5]).isZero();
    assertThat(token.clipped().toFloatArray()[5]).isZero();
  }

  @Test
  void onlyLogpReceivesGradient() {
    NDArray at = leaf(array(manager, logp));
    NDArray mu = leaf(array(manager, logpMu));
    NDArray current = leaf(array(manager, logpCurrent));
    NDArray advantage = leaf(array(manager, advantages));
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      TokenLoss token = MixPpg.loss(at, mu, current, advantage, array(manager, mask), CLIP);
      assertThat(token.ratio().hasGradient()).isFalse();
      assertThat(token.logCentre().hasGradient()).isFalse();
      assertThat(token.clipped().hasGradient()).isFalse();
      collector.backward(token.loss().sum());
    }
    assertThat(Gradients.isZero(at)).isFalse();
    assertThat(Gradients.isZero(mu)).isTrue();
    assertThat(Gradients.isZero(current)).isTrue();
    assertThat(Gradients.isZero(advantage)).isTrue();
  }

  @Test
  void ratioIsOneOnlyIfBothLogProbsUseTheSameTemperature() {
    double[] logits = {0.3, -1.2, 0.9};
    double[] hot = log(softmax(logits));
    double[] cold = log(softmax(Arrays.stream(logits).map(z -> z / 0.6).toArray()));
    double[] a = ones(3);
    NDArray same =
        MixPpg.loss(
                row(manager, cold),
                row(manager, cold),
                row(manager, cold),
                row(manager, a),
                row(manager, a),
                CLIP)
            .ratio();
    NDArray other =
        MixPpg.loss(
                row(manager, cold),
                row(manager, hot),
                row(manager, hot),
                row(manager, a),
                row(manager, a),
                CLIP)
            .ratio();
    assertThat(same.toFloatArray()).containsOnly(1f);
    for (float ratio : other.toFloatArray()) {
      assertThat(Math.abs(ratio - 1)).isGreaterThan(0.05f);
    }
  }

  @Test
  void inABanditAtThetaKTheMixtureGradientIsTheOnPolicyPolicyGradientForAnyMuAndShare() {
    double[] logits = {0.4, -0.7, 1.1, 0.2};
    double[] advantage = {0.9, -1.3, 0.4, -0.2};
    double[] pi = softmax(logits);
    double[] expected = policyGradient(pi, advantage);
    for (double[] muLogits : new double[][] {{0, 0, 0, 0}, {2, -1, 0.5, -2}, logits}) {
      for (double share : new double[] {0, 0.4, 1}) {
        double[] mu = softmax(muLogits);
        NDArray old = row(manager, log(mu));
        NDArray fresh = row(manager, log(pi));
        NDArray a = row(manager, advantage);
        NDArray on = row(manager, ones(4));
        float[] gradient =
            differentiate(
                    row(manager, logits),
                    z -> {
                      NDArray at = z.logSoftmax(1);
                      // Expectations over mu and pi_k by enumeration of all actions.
                      NDArray replayed =
                          MixPpg.loss(at, old, fresh, a, on, CLIP).loss().mul(row(manager, mu));
                      NDArray sampled =
                          MixPpg.loss(at, fresh, fresh, a, on, CLIP).loss().mul(row(manager, pi));
                      return replayed.mul(share).add(sampled.mul(1 - share)).sum();
                    })
                .gradient();
        assertClose(gradient, Arrays.stream(expected).map(g -> -g).toArray());
      }
    }
  }

  @Test
  void longResponsesWithNegativeAdvantageAreAmplifiedByUpwardDrift() {
    double[] means = new double[3];
    int[] lengths = {100, 1000, 3000};
    for (int i = 0; i < lengths.length; i++) {
      int length = lengths[i];
      double[] drift = new double[length];
      double[] negative = new double[length];
      for (int t = 0; t < length; t++) {
        drift[t] = 1e-3 * t;
        negative[t] = -1;
      }
      NDArray zero = row(manager, new double[length]);
      NDArray on = row(manager, ones(length));
      TokenLoss token =
          MixPpg.loss(row(manager, drift), zero, zero, row(manager, negative), on, CLIP);
      means[i] = -token.loss().mean().getFloat();
    }
    assertThat(means[0]).isCloseTo(-1.05, within(5e-3));
    assertThat(means[1]).isCloseTo(-1.72, within(5e-3));
    assertThat(means[2]).isCloseTo(-6.36, within(5e-3));
  }

  @Test
  void rescoringPiKInEveryPassIsDetectable() {
    // logp is pi_theta after a pass; scoring "pi_k" again would return exactly it.
    TokenLoss frozen = tokenLoss(array(manager, logp), logpMu, logpCurrent);
    TokenLoss rescored = tokenLoss(array(manager, logp), logpMu, logp);
    assertThat(frozen.clipped().sum().getFloat()).isPositive();
    assertThat(rescored.clipped().sum().getFloat()).isZero();
    assertThat(rescored.logCentre().toFloatArray()).isNotEqualTo(frozen.logCentre().toFloatArray());
  }

  @Test
  void bandMustBePositiveAndTheErrorNamesTheKey() {
    assertThatThrownBy(() -> new ClipRange(0, 0.2f))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("objective.clip_epsilon_low is 0.0");
    assertThatThrownBy(() -> new ClipRange(0.2f, Float.NaN))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("objective.clip_epsilon_high is NaN");
  }
}
