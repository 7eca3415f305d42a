package dev.sponge.rl.objective;

import static dev.sponge.rl.objective.Autograd.array;
import static dev.sponge.rl.objective.Autograd.differentiate;
import static dev.sponge.rl.objective.Autograd.leaf;
import static dev.sponge.rl.objective.Autograd.log;
import static dev.sponge.rl.objective.Autograd.policyGradient;
import static dev.sponge.rl.objective.Autograd.row;
import static dev.sponge.rl.objective.Autograd.softmax;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import dev.sponge.rl.objective.DecoupledPpoLoss.CapAction;
import dev.sponge.rl.objective.DecoupledPpoLoss.WeightCap;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every policy loss. */
class PolicyLossLawsTest {
  private static final ClipRange CLIP = new ClipRange(0.2f, 0.3f);
  private static final int B = 6;
  private static final int C = 5;

  private NDManager manager;
  private final TestBatch batch = TestBatch.random(1, B, C);

  @BeforeEach
  void open() {
    manager = Autograd.manager();
    int[] lengths = {5, 3, 4, 1, 5, 2};
    for (int b = 0; b < B; b++) {
      Arrays.fill(batch.mask[b], lengths[b], C, 0);
    }
  }

  @AfterEach
  void close() {
    manager.close();
  }

  static Stream<PolicyLoss> all() {
    return Stream.concat(withRatio(), Stream.of(new OnlineDpoLoss(0.5, false), ipo()));
  }

  private static PolicyLoss ipo() {
    return new OnlineDpoLoss(0.5, true);
  }

  /** All that read advantages. */
  static Stream<PolicyLoss> withRatio() {
    return Stream.of(
        new PolicyLoss.MixPpgLoss(CLIP),
        new PolicyLoss.MixPpgLoss(CLIP, OptionalDouble.of(1.2), OptionalDouble.of(1.1)),
        new PpoClipLoss(CLIP),
        new PpoClipLoss(CLIP, OptionalDouble.of(1.5)),
        new GePpoLoss(CLIP),
        new DecoupledPpoLoss(CLIP),
        new DecoupledPpoLoss(
            CLIP, Optional.of(new WeightCap(1.2, RatioLevel.TOKEN, CapAction.MASK))),
        new DecoupledPpoLoss(
            CLIP, Optional.of(new WeightCap(1.05, RatioLevel.GEOMETRIC, CapAction.CLAMP))),
        new GspoLoss(CLIP, false),
        new GspoLoss(CLIP, true),
        new CispoLoss(CLIP),
        new ToprLoss(RatioLevel.SEQUENCE),
        new ToprLoss(RatioLevel.GEOMETRIC),
        new ToprLoss(RatioLevel.TOKEN),
        new AsymReLoss(),
        new BapoLoss(0.7, 1.4),
        new ProximalRlooLoss(CLIP));
  }

  /** Those whose gradient is exact for tokens of any policy, at pi_theta = pi_k. */
  static Stream<PolicyLoss> exactOffPolicy() {
    return Stream.of(
        new PolicyLoss.MixPpgLoss(CLIP),
        new GePpoLoss(CLIP),
        new DecoupledPpoLoss(CLIP),
        new CispoLoss(new ClipRange(1, 100)));
  }

  private static void assertClose(float[] actual, float[] expected) {
    assertThat(actual).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).as("entry %d", i).isCloseTo(expected[i], within(1e-5f));
    }
  }

  @Test
  void noPolicyLossIsMissingHere() {
    assertThat(all().map(Object::getClass).collect(Collectors.toSet()))
        .isEqualTo(
            Arrays.stream(PolicyLoss.class.getPermittedSubclasses()).collect(Collectors.toSet()));
  }

  @ParameterizedTest
  @MethodSource("all")
  void garbageInMaskedPositionsHasNoEffectOnValueOrGradient(PolicyLoss loss) {
    Autograd.Result clean = batch.sum(manager, loss);
    double[] garbage = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
    for (int i = 0; i < B * C; i++) {
      int b = i / C;
      int t = i % C;
      if (batch.mask[b][t] == 0) {
        batch.logp[b][t] = garbage[i % 3];
        batch.mu[b][t] = garbage[(i + 1) % 3];
        batch.current[b][t] = garbage[(i + 2) % 3];
        batch.base[b][t] = garbage[(i + 1) % 3];
        batch.sampler[b][t] = garbage[i % 3];
        batch.advantages[b][t] = garbage[(i + 2) % 3];
      }
    }
    Autograd.Result dirty = batch.sum(manager, loss);
    assertThat(clean.value()).isNotZero();
    assertThat(dirty.value()).isEqualTo(clean.value());
    assertThat(dirty.gradient()).isEqualTo(clean.gradient());
    TokenLoss token = batch.tokens(manager, loss);
    int masked = C + 4; // row 1, token 4
    assertThat(token.loss().toFloatArray()[masked]).isZero();
    assertThat(token.ratio().toFloatArray()[masked]).isEqualTo(1);
    assertThat(token.logCentre().toFloatArray()[masked]).isZero();
    assertThat(token.clipped().toFloatArray()[masked]).isZero();
    assertThat(dirty.gradient()[masked]).isZero();
  }

  @ParameterizedTest
  @MethodSource("withRatio")
  void zeroAdvantageGivesZeroLossAndGradient(PolicyLoss loss) {
    batch.advantages = new double[B][C];
    Autograd.Result result = batch.sum(manager, loss);
    assertThat(result.value()).isZero();
    for (float g : result.gradient()) {
      assertThat(g).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void onlyLogpReceivesGradientAndWhatTheMetricsReadIsDetached(PolicyLoss loss) {
    PolicyBatch leaves = batch.at(leaf(batch.logp(manager)));
    List<NDArray> frozen =
        List.of(
            leaves.frozen().mu(),
            leaves.frozen().current(),
            leaves.frozen().base(),
            leaves.frozen().sampler(),
            leaves.advantages());
    frozen.forEach(Autograd::leaf);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      TokenLoss token = loss.loss(leaves);
      assertThat(token.ratio().hasGradient()).isFalse();
      assertThat(token.logCentre().hasGradient()).isFalse();
      assertThat(token.clipped().hasGradient()).isFalse();
      collector.backward(token.loss().sum());
    }
    assertThat(Gradients.isZero(leaves.logp())).isFalse();
    for (NDArray array : frozen) {
      assertThat(Gradients.isZero(array)).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void ratiosAreOfEachTokenWhateverTheLevelOfTheLoss(PolicyLoss loss) {
    TokenLoss token = batch.tokens(manager, loss);
    assertThat(token.ratio().toFloatArray()[1])
        .isCloseTo((float) Math.exp(batch.logp[0][1] - batch.mu[0][1]), within(1e-5f));
    assertThat(token.logCentre().toFloatArray()[1])
        .isCloseTo((float) (batch.current[0][1] - batch.mu[0][1]), within(1e-5f));
  }

  @ParameterizedTest
  @MethodSource("withRatio")
  void clippedMarksExactlyTheTokensWithoutGradient(PolicyLoss loss) {
    float[] gradient = batch.sum(manager, loss).gradient();
    float[] clipped = batch.tokens(manager, loss).clipped().toFloatArray();
    for (int i = 0; i < gradient.length; i++) {
      if (batch.mask[i / C][i % C] == 1) {
        assertThat(clipped[i]).as("token %d", i).isEqualTo(gradient[i] == 0 ? 1 : 0);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void orderOfTheRowsOrPairsDoesNotMatter(PolicyLoss loss) {
    float value = batch.sum(manager, loss).value();
    assertThat(batch.rows(4, 5, 0, 1, 2, 3).sum(manager, loss).value())
        .isCloseTo(value, within(1e-5f));
    float swapped = batch.rows(1, 0, 2, 3, 4, 5).sum(manager, loss).value();
    if (loss.level() == LossLevel.PAIR) {
      assertThat(swapped).isNotCloseTo(value, within(1e-2f)); // chosen and rejected changed places
    } else {
      assertThat(swapped).isCloseTo(value, within(1e-5f));
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void microBatchesAddUpToTheMinibatchWithGlobalTotals(PolicyLoss loss) {
    BatchTotals totals = new BatchTotals(20, B, 7);
    for (LossAggregation by : LossAggregation.values()) {
      Autograd.Result whole = aggregated(batch, loss, by, totals);
      Autograd.Result head = aggregated(batch.rows(0, 1), loss, by, totals);
      Autograd.Result tail = aggregated(batch.rows(2, 3, 4, 5), loss, by, totals);
      assertThat(head.value() + tail.value()).isCloseTo(whole.value(), within(1e-5f));
      float[] parts = Arrays.copyOf(head.gradient(), B * C);
      System.arraycopy(tail.gradient(), 0, parts, 2 * C, 4 * C);
      assertClose(parts, whole.gradient());
    }
  }

  private Autograd.Result aggregated(
      TestBatch part, PolicyLoss loss, LossAggregation by, BatchTotals totals) {
    return differentiate(
        part.logp(manager),
        x -> by.aggregate(loss.loss(part.at(x)).loss(), array(manager, part.mask), totals));
  }

  @ParameterizedTest
  @MethodSource("withRatio")
  void onTokensOfPiThetaItselfTheExpectedGradientIsThePolicyGradient(PolicyLoss loss) {
    double[] logits = {0.4, -0.7, 1.1, 0.2};
    double[] advantages = centred(softmax(logits), new double[] {0.9, -1.3, 0.4, -0.2});
    // The dual clip and the caps are chosen so as not to bind at a ratio of 1.
    assertBandit(loss, logits, softmax(logits), advantages);
  }

  @ParameterizedTest
  @MethodSource("exactOffPolicy")
  void onTokensOfAnotherPolicyTheExpectedGradientIsThePolicyGradientAtThetaK(PolicyLoss loss) {
    double[] logits = {0.4, -0.7, 1.1, 0.2};
    double[] advantages = centred(softmax(logits), new double[] {0.9, -1.3, 0.4, -0.2});
    assertBandit(loss, logits, softmax(new double[] {1, 0.5, -0.5, -1}), advantages);
  }

  private static double[] centred(double[] p, double[] rewards) {
    double mean = 0;
    for (int a = 0; a < p.length; a++) {
      mean += p[a] * rewards[a];
    }
    double value = mean;
    return Arrays.stream(rewards).map(r -> r - value).toArray();
  }

  /** One state, one row per action: the expectation over mu is an exact sum. */
  private void assertBandit(PolicyLoss loss, double[] logits, double[] mu, double[] advantages) {
    int n = logits.length;
    double[] pi = softmax(logits);
    TestBatch bandit = TestBatch.constant(n, 1);
    bandit.mu = column(log(mu));
    bandit.current = column(log(pi));
    bandit.advantages = column(advantages);
    NDArray shares = array(manager, column(mu));
    float[] gradient =
        differentiate(
                row(manager, logits),
                z -> {
                  NDArray logp = z.logSoftmax(1).reshape(n, 1);
                  return loss.loss(bandit.at(logp)).loss().mul(shares).sum();
                })
            .gradient();
    double[] expected = policyGradient(pi, advantages);
    double[] stepped = logits.clone();
    for (int a = 0; a < n; a++) {
      assertThat((double) gradient[a]).as("action %d", a).isCloseTo(-expected[a], within(1e-5));
      stepped[a] -= 0.01 * gradient[a];
    }
    assertThat(value(softmax(stepped), advantages)).isGreaterThan(value(pi, advantages) + 1e-5);
  }

  private static double[][] column(double[] values) {
    return Arrays.stream(values).mapToObj(v -> new double[] {v}).toArray(double[][]::new);
  }

  private static double value(double[] p, double[] rewards) {
    double sum = 0;
    for (int a = 0; a < p.length; a++) {
      sum += p[a] * rewards[a];
    }
    return sum;
  }

  @Test
  void preferencesOverAllPairsOfActionsRaiseTheExpectedReward() {
    double[] rewards = {-1, 0, 0.5, 2};
    int[][] pairs = {{3, 2}, {3, 1}, {3, 0}, {2, 1}, {2, 0}, {1, 0}}; // better, worse
    double[] uniform = softmax(new double[4]);
    double[][] pick = new double[4][2 * pairs.length];
    for (int i = 0; i < pairs.length; i++) {
      pick[pairs[i][0]][2 * i] = 1;
      pick[pairs[i][1]][2 * i + 1] = 1;
    }
    TestBatch batchOfPairs = TestBatch.constant(2 * pairs.length, 1);
    batchOfPairs.base = TestBatch.filled(2 * pairs.length, 1, Math.log(0.25));
    for (PolicyLoss loss : List.of(new OnlineDpoLoss(0.5, false), ipo())) {
      NDArray choose = array(manager, pick);
      float[] gradient =
          differentiate(
                  row(manager, new double[4]),
                  z -> {
                    NDArray logp = z.logSoftmax(1).matMul(choose).reshape(2L * pairs.length, 1);
                    return loss.loss(batchOfPairs.at(logp)).loss().mean();
                  })
              .gradient();
      double[] stepped = new double[4];
      for (int a = 0; a < 4; a++) {
        stepped[a] = -0.1 * gradient[a];
      }
      assertThat(value(softmax(stepped), rewards)).isGreaterThan(value(uniform, rewards) + 1e-4);
    }
  }
}
