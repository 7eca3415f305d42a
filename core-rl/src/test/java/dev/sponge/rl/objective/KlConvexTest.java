package dev.sponge.rl.objective;

import static dev.sponge.rl.objective.Autograd.differentiate;
import static dev.sponge.rl.objective.Autograd.kl;
import static dev.sponge.rl.objective.Autograd.klGradient;
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
import dev.sponge.rl.training.ReMixSchedule;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class KlConvexTest {
  // One state with all its actions as the tokens of one row: expectations are exact sums.
  private final double[] logits = {0.4, -0.7, 1.1, 0.2, -0.1};
  private final double[] pi = softmax(logits);
  private final double[] base = softmax(new double[] {0.1, 0.5, -0.4, 0.9, -1.0});
  private final double[] precedent = softmax(new double[] {0.6, -0.2, 0.8, -0.3, 0.4});
  private final double[] mu = softmax(new double[] {-0.5, 0.3, 0.2, 1.0, -0.8});

  private NDManager manager;

  @BeforeEach
  void open() {
    manager = Autograd.manager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private KlLoss loss(NDArray logp, double[] b, double[] p, double[] sampled, KlSettings s) {
    NDArray ratio = logp.sub(row(manager, log(sampled))).exp().stopGradient();
    return KlConvex.loss(
        logp,
        row(manager, log(b)),
        row(manager, log(p)),
        ratio,
        row(manager, ones(logits.length)),
        s);
  }

  /** Value of the term in expectation over tokens of pi itself, no importance weight. */
  private double onPolicyValue(KlEstimator estimator, double lambda, double[] b, double[] p) {
    KlSettings settings = new KlSettings(1, estimator, lambda, false);
    return loss(row(manager, log(pi)), b, p, pi, settings)
        .loss()
        .mul(row(manager, pi))
        .sum()
        .getFloat();
  }

  /** Gradient in the logits of the expected loss over tokens of {@code sampled}. */
  private float[] gradient(KlEstimator estimator, boolean weighted, double[] sampled) {
    KlSettings settings = new KlSettings(1, estimator, 1, weighted);
    return differentiate(
            row(manager, logits),
            z ->
                loss(z.logSoftmax(1), base, precedent, sampled, settings)
                    .loss()
                    .mul(row(manager, sampled))
                    .sum())
        .gradient();
  }

  private static void assertClose(float[] actual, double[] expected) {
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).as("entry %d", i).isCloseTo(expected[i], within(1e-5));
    }
  }

  @ParameterizedTest
  @CsvSource({"0.5,0.4,0.2231,0.0249,0.0231", "0.4,0.5,-0.2231,0.0249,0.0269"})
  void estimatorsHaveTheirPublishedValues(double p, double q, double k1, double k2, double k3) {
    NDArray delta = row(manager, Math.log(p / q));
    assertThat(KlEstimator.K1.estimate(delta).getFloat(0, 0)).isCloseTo((float) k1, within(1e-4f));
    assertThat(KlEstimator.K2.estimate(delta).getFloat(0, 0)).isCloseTo((float) k2, within(1e-4f));
    assertThat(KlEstimator.K3.estimate(delta).getFloat(0, 0)).isCloseTo((float) k3, within(1e-4f));
  }

  @ParameterizedTest
  @EnumSource(
      value = KlEstimator.class,
      names = {"K1", "K3", "K3_PLUS"})
  void lambdaMixesTheTwoDivergences(KlEstimator unbiased) {
    double toBase = kl(pi, base);
    double toPrecedent = kl(pi, precedent);
    assertThat(onPolicyValue(unbiased, 1, base, precedent)).isCloseTo(toBase, within(1e-5));
    assertThat(onPolicyValue(unbiased, 0, base, precedent)).isCloseTo(toPrecedent, within(1e-5));
    assertThat(onPolicyValue(unbiased, 0.7, base, precedent))
        .isCloseTo(0.7 * toBase + 0.3 * toPrecedent, within(1e-5));
  }

  @ParameterizedTest
  @EnumSource(value = KlEstimator.class, mode = EnumSource.Mode.EXCLUDE, names = "FULL")
  void equalAnchorsMakeLambdaIrrelevantAndThePolicyItselfGivesZero(KlEstimator estimator) {
    assertThat(onPolicyValue(estimator, 0.3, base, base))
        .isCloseTo(onPolicyValue(estimator, 1, base, base), within(1e-6));
    assertThat(onPolicyValue(estimator, 0.3, pi, pi)).isZero();
  }

  @Test
  void onPolicyGradientsOfTheEstimatorsAreZeroReverseAndForwardKl() {
    assertClose(gradient(KlEstimator.K1, false, pi), new double[logits.length]);
    assertClose(gradient(KlEstimator.K2, false, pi), klGradient(pi, base));
    assertClose(gradient(KlEstimator.K3_PLUS, false, pi), klGradient(pi, base));
    // Gradient of KL(base || pi) in the logits of pi.
    double[] forward = new double[logits.length];
    for (int i = 0; i < forward.length; i++) {
      forward[i] = pi[i] - base[i];
    }
    assertClose(gradient(KlEstimator.K3, false, pi), forward);
  }

  @ParameterizedTest
  @EnumSource(value = KlEstimator.class, mode = EnumSource.Mode.EXCLUDE, names = "FULL")
  void importanceWeightGivesTheTrueGradientOnTokensOfAnotherPolicy(KlEstimator estimator) {
    assertClose(gradient(estimator, true, mu), klGradient(pi, base));
  }

  @Test
  void withoutImportanceWeightTheGradientOnTokensOfAnotherPolicyIsWrong() {
    double[] expected = klGradient(pi, base);
    float[] unweighted = gradient(KlEstimator.K2, false, mu);
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      difference = Math.max(difference, Math.abs(unweighted[i] - expected[i]));
    }
    assertThat(difference).isGreaterThan(1e-2);
  }

  @ParameterizedTest
  @EnumSource(value = KlEstimator.class, mode = EnumSource.Mode.EXCLUDE, names = "FULL")
  void reportedDivergencesAddUpToTheLoss(KlEstimator estimator) {
    KlSettings settings = new KlSettings(1, estimator, 0.7, true);
    KlLoss kl = loss(row(manager, log(pi)), base, precedent, mu, settings);
    assertClose(
        kl.klBase().mul(0.7f).add(kl.klPrecedent().mul(0.3f)).toFloatArray(),
        doubles(kl.loss().toFloatArray()));
    assertThat(kl.klBase().toFloatArray()).isNotEqualTo(kl.klPrecedent().toFloatArray());
  }

  private static double[] doubles(float[] values) {
    double[] result = new double[values.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = values[i];
    }
    return result;
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 0.9, 0.5})
  void firstPassAfterReincarnationHasNoKlIfThePrecedentIsPiT(double lambda) {
    KlSettings settings = new KlSettings(1, KlEstimator.K2, lambda, true);
    assertThat(loss(row(manager, log(pi)), pi, pi, pi, settings).loss().toFloatArray())
        .containsOnly(0f);
  }

  @Test
  void firstPassAfterReincarnationKeepsOnlyThePrecedentPartIfThePrecedentIsOneStepOlder() {
    ReMixSchedule schedule =
        new ReMixSchedule(
            ReMixSchedule.History.none(),
            1,
            new ReMixSchedule.Reincarnation(OptionalInt.of(50), 1, false),
            ReMixSchedule.Lambda.paper(),
            ReMixSchedule.Precedent.K_MINUS_1);
    double lambda = schedule.lambda(50);
    assertThat(lambda).isCloseTo(0.9, within(1e-12));
    assertThat(onPolicyValue(KlEstimator.K1, lambda, pi, precedent))
        .isCloseTo(0.1 * kl(pi, precedent), within(1e-5));
  }

  @ParameterizedTest
  @EnumSource(value = KlEstimator.class, mode = EnumSource.Mode.EXCLUDE, names = "FULL")
  void garbageInMaskedPositionsHasNoEffectOnValueOrGradient(KlEstimator estimator) {
    KlSettings settings = new KlSettings(1, estimator, 0.7, true);
    Autograd.Result clean = masked(settings, -1, -2, -3, 1);
    double nan = Double.NaN;
    Autograd.Result dirty = masked(settings, nan, Double.NEGATIVE_INFINITY, nan, nan);
    assertThat(dirty.value()).isEqualTo(clean.value());
    assertThat(dirty.gradient()).isEqualTo(clean.gradient());
    assertThat(clean.gradient()[0]).isNotZero();
    assertThat(clean.gradient()[1]).isZero();
  }

  private Autograd.Result masked(KlSettings s, double logp, double b, double p, double ratio) {
    return differentiate(
        row(manager, -0.5, logp),
        x ->
            KlConvex.loss(
                    x,
                    row(manager, -0.8, b),
                    row(manager, -0.3, p),
                    row(manager, 1.3, ratio),
                    row(manager, 1, 0),
                    s)
                .loss()
                .sum());
  }

  @ParameterizedTest
  @EnumSource(value = KlEstimator.class, mode = EnumSource.Mode.EXCLUDE, names = "FULL")
  void onlyLogpReceivesGradient(KlEstimator estimator) {
    NDArray at = leaf(row(manager, -0.5));
    NDArray toBase = leaf(row(manager, -0.8));
    NDArray toPrecedent = leaf(row(manager, -0.3));
    NDArray ratio = leaf(row(manager, 1.3));
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      KlLoss kl =
          KlConvex.loss(
              at,
              toBase,
              toPrecedent,
              ratio,
              row(manager, 1),
              new KlSettings(1, estimator, 0.7, true));
      assertThat(kl.klBase().hasGradient()).isFalse();
      assertThat(kl.klPrecedent().hasGradient()).isFalse();
      collector.backward(kl.loss().sum());
    }
    assertThat(Gradients.isZero(at)).isFalse();
    assertThat(Gradients.isZero(toBase)).isTrue();
    assertThat(Gradients.isZero(toPrecedent)).isTrue();
    assertThat(Gradients.isZero(ratio)).isTrue();
  }

  private static KlLoss exact(NDArray toBase, NDArray toPrecedent, double lambda) {
    NDArray mask = row(toBase.getManager(), 1, 0);
    return KlConvex.exact(new VocabularyKl(toBase, toPrecedent), mask, lambda);
  }

  @Test
  void exactDivergencesAreMixedAsTheyAreAndReportedPerAnchor() {
    KlLoss kl = exact(row(manager, 0.5, 3), row(manager, 0.2, 4), 0.7);
    assertClose(kl.klBase().toFloatArray(), new double[] {0.5, 0});
    assertClose(kl.klPrecedent().toFloatArray(), new double[] {0.2, 0});
    assertClose(kl.loss().toFloatArray(), new double[] {0.7 * 0.5 + 0.3 * 0.2, 0});
  }

  @Test
  void exactDivergencesReceiveLambdaAndTheRestAsGradientAndNoneBehindAResponse() {
    Autograd.Result toBase =
        differentiate(
            row(manager, 0.5, Double.NaN), x -> exact(x, row(manager, 0.2, 1), 0.7).loss().sum());
    Autograd.Result toPrecedent =
        differentiate(
            row(manager, 0.2, Double.NaN), x -> exact(row(manager, 0.5, 1), x, 0.7).loss().sum());
    assertClose(toBase.gradient(), new double[] {0.7, 0});
    assertClose(toPrecedent.gradient(), new double[] {0.3, 0});
  }

  @Test
  void whatIsReportedOfExactDivergencesReachesNoGradient() {
    Autograd.Result result =
        differentiate(
            row(manager, 0.5, 1),
            x -> {
              KlLoss kl = exact(x, x, 0.7);
              return kl.loss().add(kl.klBase()).add(kl.klPrecedent()).sum();
            });
    assertClose(result.gradient(), new double[] {1, 0});
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
  void lambdaOutsideZeroToOneIsRefused(double lambda) {
    assertThatThrownBy(() -> new KlSettings(1, KlEstimator.K2, lambda, true))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("objective.kl.lambda");
  }
}
