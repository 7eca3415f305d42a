package dev.sponge.rl.objective;

import static dev.sponge.rl.objective.Autograd.array;
import static dev.sponge.rl.objective.Autograd.differentiate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.UserError;
import dev.sponge.rl.objective.DecoupledPpoLoss.CapAction;
import dev.sponge.rl.objective.DecoupledPpoLoss.WeightCap;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PpoFamilyTest {
  private static final double LOW = 0.2;
  private static final double HIGH = 0.28;
  private static final ClipRange CLIP = new ClipRange((float) LOW, (float) HIGH);
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

  private interface TokenFormula {
    double at(double r, double c, double a);
  }

  private double[] reference(TokenFormula formula) {
    double[] result = new double[B * C];
    for (int i = 0; i < result.length; i++) {
      int b = i / C;
      int t = i % C;
      double r = Math.exp(batch.logp[b][t] - batch.mu[b][t]);
      double c = Math.exp(batch.current[b][t] - batch.mu[b][t]);
      result[i] = formula.at(r, c, batch.advantages[b][t]);
    }
    return result;
  }

  private static double ppo(double r, double a) {
    return Math.max(-r * a, -Math.min(Math.max(r, 1 - LOW), 1 + HIGH) * a);
  }

  private static boolean dead(double r, double a) {
    return (a > 0 && r > 1 + HIGH) || (a < 0 && r < 1 - LOW);
  }

  private static void assertClose(float[] actual, double[] expected) {
    assertThat(actual).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).as("entry %d", i).isCloseTo(expected[i], within(1e-5));
    }
  }

  private float[] losses(PolicyLoss loss) {
    return batch.tokens(manager, loss).loss().toFloatArray();
  }

  private float[] gradient(PolicyLoss loss) {
    return batch.sum(manager, loss).gradient();
  }

  @Test
  void ppoWithAnAsymmetricBandIsTheFormulaOfThePaperInValueAndGradient() {
    assertClose(losses(new PpoClipLoss(CLIP)), reference((r, c, a) -> ppo(r, a)));
    double[] expected = reference((r, c, a) -> dead(r, a) ? 0 : -r * a);
    assertThat(expected).contains(0.0);
    assertClose(gradient(new PpoClipLoss(CLIP)), expected);
  }

  @Test
  void equalEndsOfTheBandGiveSymmetricPpo() {
    batch.current = batch.mu;
    ClipRange symmetric = new ClipRange(0.2f, 0.2f);
    double[] expected =
        reference((r, c, a) -> Math.min(r * a, Math.min(Math.max(r, 0.8), 1.2) * a));
    assertClose(losses(new PpoClipLoss(symmetric)), negated(expected));
  }

  private static double[] negated(double[] values) {
    return Arrays.stream(values).map(v -> -v).toArray();
  }

  @Test
  void mixPpgOnFreshTokensEqualsPpoClipInValueAndGradientTokenByToken() {
    batch.current = batch.mu;
    PolicyLoss mix = new PolicyLoss.MixPpgLoss(CLIP);
    assertThat(losses(mix)).isEqualTo(losses(new PpoClipLoss(CLIP)));
    assertThat(gradient(mix)).isEqualTo(gradient(new PpoClipLoss(CLIP)));
  }

  @Test
  void dualClipBoundsTheLossOfNegativeTokensByTheCapTimesTheirAdvantage() {
    PolicyLoss dual = new PpoClipLoss(CLIP, OptionalDouble.of(1.1));
    assertClose(
        losses(dual), reference((r, c, a) -> a < 0 ? Math.min(1.1 * -a, ppo(r, a)) : ppo(r, a)));
    double[] expected = reference((r, c, a) -> dead(r, a) || (a < 0 && r > 1.1) ? 0 : -r * a);
    assertThat(expected).isNotEqualTo(reference((r, c, a) -> dead(r, a) ? 0 : -r * a));
    assertClose(gradient(dual), expected);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 0.5, Double.NaN, Double.POSITIVE_INFINITY})
  void dualClipMustBeAboveOne(double cap) {
    assertThatThrownBy(() -> new PpoClipLoss(CLIP, OptionalDouble.of(cap)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("objective.dual_clip is " + cap)
        .hasMessageContaining("above 1");
  }

  @Test
  void decoupledPpoIsPpoAroundPiKTimesTheWeightPiKOverMu() {
    PolicyLoss decoupled = new DecoupledPpoLoss(CLIP);
    assertClose(losses(decoupled), reference((r, c, a) -> c * ppo(r / c, a)));
    assertClose(gradient(decoupled), reference((r, c, a) -> dead(r / c, a) ? 0 : -r * a));
  }

  @Test
  void decoupledPpoWithPiKEqualToMuIsPpo() {
    batch.current = batch.mu;
    assertThat(losses(new DecoupledPpoLoss(CLIP))).isEqualTo(losses(new PpoClipLoss(CLIP)));
    assertThat(gradient(new DecoupledPpoLoss(CLIP))).isEqualTo(gradient(new PpoClipLoss(CLIP)));
  }

  @Test
  void decoupledPpoAtThetaKHasTheGradientMinusWTimesAOnEveryToken() {
    batch.logp = batch.current;
    assertClose(gradient(new DecoupledPpoLoss(CLIP)), reference((r, c, a) -> -c * a));
  }

  @Test
  void capOnTheTokenDropsOrLimitsItsWeight() {
    assertClose(
        losses(capped(1.2, RatioLevel.TOKEN, CapAction.MASK)),
        reference((r, c, a) -> c > 1.2 ? 0 : c * ppo(r / c, a)));
    assertClose(
        losses(capped(1.2, RatioLevel.TOKEN, CapAction.CLAMP)),
        reference((r, c, a) -> Math.min(c, 1.2) * ppo(r / c, a)));
    assertClose(
        losses(capped(1e6, RatioLevel.TOKEN, CapAction.MASK)),
        reference((r, c, a) -> c * ppo(r / c, a)));
  }

  private static PolicyLoss capped(double upper, RatioLevel level, CapAction action) {
    return new DecoupledPpoLoss(CLIP, Optional.of(new WeightCap(upper, level, action)));
  }

  @Test
  void capOnTheGeometricMeanDecidesOverTheWholeSequence() {
    TestBatch two = TestBatch.constant(2, 2);
    two.current = new double[][] {{Math.log(4), Math.log(0.5)}, {Math.log(9), Math.log(4)}};
    two.logp = two.current;
    // Geometric means sqrt(2) and 6.
    PolicyLoss mask = capped(3, RatioLevel.GEOMETRIC, CapAction.MASK);
    assertClose(two.tokens(manager, mask).loss().toFloatArray(), new double[] {-4, -0.5, 0, 0});
    assertClose(two.tokens(manager, mask).clipped().toFloatArray(), new double[] {0, 0, 1, 1});
    PolicyLoss clamp = capped(3, RatioLevel.GEOMETRIC, CapAction.CLAMP);
    assertClose(
        two.tokens(manager, clamp).loss().toFloatArray(), new double[] {-4, -0.5, -4.5, -2});
  }

  @Test
  void weightBeyondFloatRangeIsDroppedWithoutNan() {
    TestBatch one = TestBatch.constant(1, 1);
    one.current = new double[][] {{200}};
    one.logp = one.current;
    Autograd.Result result = one.sum(manager, capped(5, RatioLevel.TOKEN, CapAction.MASK));
    assertThat(result.value()).isZero();
    assertThat(result.gradient()[0]).isZero();
  }

  @Test
  void cispoClipsTheWeightAndKeepsTheGradientOfEveryToken() {
    double[] expected = reference((r, c, a) -> -Math.min(Math.max(r, 1 - LOW), 1 + HIGH) * a);
    assertClose(gradient(new CispoLoss(CLIP)), expected);
    assertThat(batch.tokens(manager, new PpoClipLoss(CLIP)).clipped().sum().getFloat())
        .isPositive();
    assertThat(batch.tokens(manager, new CispoLoss(CLIP)).clipped().sum().getFloat()).isZero();
  }

  @Test
  void bapoIsPpoBetweenItsTwoRatios() {
    assertClose(
        losses(new BapoLoss(0.7, 1.9)),
        reference((r, c, a) -> Math.max(-r * a, -Math.min(Math.max(r, 0.7), 1.9) * a)));
    assertThat(losses(new BapoLoss(1 - LOW, 1 + HIGH))).isEqualTo(losses(new PpoClipLoss(CLIP)));
    assertThatThrownBy(() -> new BapoLoss(1.2, 2))
        .hasMessageContaining("objective.bapo.low is 1.2");
    assertThatThrownBy(() -> new BapoLoss(0.8, 0.2))
        .hasMessageContaining("objective.bapo.high is 0.2");
  }

  @Test
  void inATwoTokenMdpTheFirstTokensGradientIsExactTheSecondsIsBiasedAndPrefixProductsRepairIt() {
    TwoTokens mdp = new TwoTokens();
    double[] expected = mdp.policyGradient();
    float[] perToken = mdp.expectedGradient(manager, false);
    float[] prefix = mdp.expectedGradient(manager, true);
    double bias = 0;
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) prefix[i]).isCloseTo(-expected[i], within(1e-5));
      if (i < 2) {
        assertThat((double) perToken[i]).isCloseTo(-expected[i], within(1e-5));
      } else {
        bias = Math.max(bias, Math.abs(perToken[i] + expected[i]));
      }
    }
    assertThat(bias).isGreaterThan(1e-2);
  }

  /**
   * Two actions, two tokens: four sequences, all enumerated. Logits: first token, then by first.
   */
  private static final class TwoTokens {
    private static final double[][] LOGITS = {{0.5, -0.4}, {0.3, 0.9}, {-0.8, 0.6}};
    private static final double[][] MU_LOGITS = {{-0.6, 0.8}, {0.1, -0.5}, {0.4, -0.2}};
    private static final double[] RETURNS = {1, -0.5, 0.2, 2}; // of 00, 01, 10, 11

    private final double[][] pi = softmax(LOGITS);
    private final double[][] mu = softmax(MU_LOGITS);

    private static double[][] softmax(double[][] logits) {
      return Arrays.stream(logits).map(Autograd::softmax).toArray(double[][]::new);
    }

    private double value(int first) {
      return pi[1 + first][0] * RETURNS[2 * first] + pi[1 + first][1] * RETURNS[2 * first + 1];
    }

    private double value() {
      return pi[0][0] * value(0) + pi[0][1] * value(1);
    }

    double[] policyGradient() {
      double[] first = Autograd.policyGradient(pi[0], new double[] {value(0), value(1)});
      double[] result = {first[0], first[1], 0, 0, 0, 0};
      for (int a = 0; a < 2; a++) {
        double[] returns = {RETURNS[2 * a], RETURNS[2 * a + 1]};
        double[] second = Autograd.policyGradient(pi[1 + a], returns);
        result[2 + 2 * a] = pi[0][a] * second[0];
        result[3 + 2 * a] = pi[0][a] * second[1];
      }
      return result;
    }

    float[] expectedGradient(NDManager manager, boolean prefixProducts) {
      TestBatch batch = TestBatch.constant(4, 2);
      double[][] shares = new double[4][2];
      double[][] pick = new double[6][8];
      for (int y = 0; y < 4; y++) {
        int a = y / 2;
        int second = y % 2;
        batch.mu[y] = new double[] {Math.log(mu[0][a]), Math.log(mu[1 + a][second])};
        batch.current[y] = new double[] {Math.log(pi[0][a]), Math.log(pi[1 + a][second])};
        batch.advantages[y] = new double[] {value(a) - value(), RETURNS[y] - value(a)};
        double share = mu[0][a] * mu[1 + a][second];
        shares[y][0] = share;
        shares[y][1] = prefixProducts ? share * pi[0][a] / mu[0][a] : share;
        pick[a][2 * y] = 1;
        pick[2 + 2 * a + second][2 * y + 1] = 1;
      }
      NDArray chosen = array(manager, pick);
      NDArray weights = array(manager, shares);
      return differentiate(
              array(manager, LOGITS),
              z -> {
                NDArray logp = z.logSoftmax(1).reshape(1, 6).matMul(chosen).reshape(4, 2);
                TokenLoss loss = new PolicyLoss.MixPpgLoss(CLIP).loss(batch.at(logp));
                return loss.loss().mul(weights).sum();
              })
          .gradient();
    }
  }
}
