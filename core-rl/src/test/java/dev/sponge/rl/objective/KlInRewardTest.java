package dev.sponge.rl.objective;

import static dev.sponge.rl.objective.Autograd.array;
import static dev.sponge.rl.objective.Autograd.differentiate;
import static dev.sponge.rl.objective.Autograd.kl;
import static dev.sponge.rl.objective.Autograd.klGradient;
import static dev.sponge.rl.objective.Autograd.log;
import static dev.sponge.rl.objective.Autograd.policyGradient;
import static dev.sponge.rl.objective.Autograd.row;
import static dev.sponge.rl.objective.Autograd.softmax;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.UserError;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KlInRewardTest {
  private final double[] pi = softmax(new double[] {0.4, -0.7, 1.1, 0.2});
  private final double[] reference = softmax(new double[] {0.1, 0.5, -0.4, 0.9});

  private NDManager manager;

  @BeforeEach
  void open() {
    manager = Autograd.manager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private static void assertClose(double[] actual, double[] expected) {
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).as("entry %d", i).isCloseTo(expected[i], within(1e-5));
    }
  }

  private static double[] scaled(double[] values, double by) {
    double[] result = values.clone();
    for (int i = 0; i < result.length; i++) {
      result[i] *= by;
    }
    return result;
  }

  @Test
  void penaltyIsMinusBetaTimesTheLogRatioOfEveryToken() {
    double[] logp = {-1, -2};
    double[] base = {-1.5, -1.2};
    assertThat(KlInReward.tokenRewards(logp, base, 0.1)).containsExactly(-0.1 * 0.5, 0.1 * 0.8);
    assertThat(KlInReward.sequenceReward(logp, base, 0.1)).isCloseTo(0.03, within(1e-12));
    assertThatThrownBy(() -> KlInReward.tokenRewards(logp, base, -1))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("objective.kl_in_reward is -1.0");
  }

  @Test
  void policyGradientOfThePenaltyIsThatOfTheKl() {
    double[] rewards = KlInReward.tokenRewards(log(pi), log(reference), 1);
    assertClose(policyGradient(pi, rewards), scaled(klGradient(pi, reference), -1));
  }

  @Test
  void thirdEstimatorInTheRewardWouldHaveTheGradientOfTheDifferenceOfBothKls() {
    NDArray delta = row(manager, log(pi)).sub(row(manager, log(reference)));
    float[] k3 = KlEstimator.K3.estimate(delta).toFloatArray();
    double[] rewards = new double[pi.length];
    double[] expected = klGradient(pi, reference);
    for (int a = 0; a < pi.length; a++) {
      rewards[a] = k3[a];
      expected[a] -= pi[a] - reference[a]; // gradient of KL(reference || pi)
    }
    assertClose(policyGradient(pi, rewards), expected);
  }

  @Test
  void thirdEstimatorWithTheSecondsGradientHasTheValueOfOneAndTheGradientOfTheOther() {
    double[][] delta = Autograd.gaussians(3, 2, 5, 0.8);
    Autograd.Result plus =
        differentiate(array(manager, delta), x -> KlEstimator.K3_PLUS.estimate(x).sum());
    Autograd.Result k3 =
        differentiate(array(manager, delta), x -> KlEstimator.K3.estimate(x).sum());
    Autograd.Result k2 =
        differentiate(array(manager, delta), x -> KlEstimator.K2.estimate(x).sum());
    assertThat(plus.value()).isCloseTo(k3.value(), within(1e-5f));
    assertThat(plus.gradient()).isEqualTo(k2.gradient());
    assertThat(plus.gradient()).isNotEqualTo(k3.gradient());
  }

  // Two actions, two tokens: logits of the first token, then of the second after 0 and after 1.
  private static final double[][] LOGITS = {{0.5, -0.4}, {0.3, 0.9}, {-0.8, 0.6}};
  private static final double[][] BASE = {{-0.3, 0.2}, {1.1, 0.1}, {0.4, -0.5}};

  private static double[][] softmaxRows(double[][] logits) {
    double[][] rows = new double[logits.length][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = softmax(logits[i]);
    }
    return rows;
  }

  /** Expected gradient of the second estimator as a loss, over all four sequences. */
  private float[] tokenwiseGradient(double[][] p, double[][] q) {
    double[][] pick = new double[6][8];
    double[][] shares = new double[4][2];
    double[][] base = new double[4][2];
    for (int y = 0; y < 4; y++) {
      int a = y / 2;
      int second = y % 2;
      pick[a][2 * y] = 1;
      pick[2 + 2 * a + second][2 * y + 1] = 1;
      double share = p[0][a] * p[1 + a][second];
      shares[y] = new double[] {share, share};
      base[y] = new double[] {Math.log(q[0][a]), Math.log(q[1 + a][second])};
    }
    NDArray chosen = array(manager, pick);
    NDArray weights = array(manager, shares);
    NDArray anchor = array(manager, base);
    return differentiate(
            array(manager, LOGITS),
            z -> {
              NDArray logp = z.logSoftmax(1).reshape(1, 6).matMul(chosen).reshape(4, 2);
              return KlEstimator.K2.estimate(logp.sub(anchor)).mul(weights).sum();
            })
        .gradient();
  }

  @Test
  void tokenwiseKlLossHasTheGradientWithStatesHeldFixedAndNotThatOfTheSequenceKl() {
    double[][] p = softmaxRows(LOGITS);
    double[][] q = softmaxRows(BASE);
    float[] actual = tokenwiseGradient(p, q);
    double[] first = klGradient(p[0], q[0]);
    assertThat((double) actual[0]).isCloseTo(first[0], within(1e-5));
    assertThat((double) actual[1]).isCloseTo(first[1], within(1e-5));
    for (int a = 0; a < 2; a++) {
      double[] second = klGradient(p[1 + a], q[1 + a]);
      assertThat((double) actual[2 + 2 * a]).isCloseTo(p[0][a] * second[0], within(1e-5));
    }
    double[] sequence = sequenceKlGradientOfFirstToken(p, q);
    assertThat(Math.abs(actual[0] - sequence[0])).isGreaterThan(1e-2);
  }

  /** The first token also decides which divergence of the second is met. */
  private static double[] sequenceKlGradientOfFirstToken(double[][] p, double[][] q) {
    double[] toGo = new double[2];
    for (int a = 0; a < 2; a++) {
      toGo[a] = Math.log(p[0][a] / q[0][a]) + kl(p[1 + a], q[1 + a]);
    }
    return policyGradient(p[0], toGo);
  }

  @Test
  void penaltyToGoInTheRewardHasTheGradientOfTheSequenceKl() {
    double[][] p = softmaxRows(LOGITS);
    double[][] q = softmaxRows(BASE);
    double[] penalties = new double[2];
    for (int y = 0; y < 4; y++) {
      int a = y / 2;
      int second = y % 2;
      double[] logp = {Math.log(p[0][a]), Math.log(p[1 + a][second])};
      double[] base = {Math.log(q[0][a]), Math.log(q[1 + a][second])};
      penalties[a] += p[1 + a][second] * KlInReward.sequenceReward(logp, base, 1);
    }
    assertClose(policyGradient(p[0], penalties), scaled(sequenceKlGradientOfFirstToken(p, q), -1));
  }
}
