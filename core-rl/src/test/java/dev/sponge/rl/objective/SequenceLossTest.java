package dev.sponge.rl.objective;

import static dev.sponge.rl.objective.Autograd.array;
import static dev.sponge.rl.objective.Autograd.differentiate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import dev.sponge.rl.UserError;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SequenceLossTest {
  private static final ClipRange CLIP = new ClipRange(0.2f, 0.2f);

  private NDManager manager;

  @BeforeEach
  void open() {
    manager = Autograd.manager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  /** One sequence with mu = pi_k at log-prob 0 and these ratios. */
  private static TestBatch ratios(double advantage, double... ratios) {
    TestBatch batch = TestBatch.constant(1, ratios.length);
    batch.logp = new double[][] {Autograd.log(ratios)};
    Arrays.fill(batch.advantages[0], advantage);
    return batch;
  }

  private static void assertClose(float[] actual, double... expected) {
    assertThat(actual).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).as("entry %d", i).isCloseTo(expected[i], within(1e-5));
    }
  }

  private Autograd.Result mean(TestBatch batch, PolicyLoss loss, LossAggregation by) {
    long tokens = Math.round(Arrays.stream(batch.mask).flatMapToDouble(Arrays::stream).sum());
    BatchTotals totals = new BatchTotals(tokens, batch.mask.length, 1);
    return differentiate(
        batch.logp(manager),
        x -> by.aggregate(loss.loss(batch.at(x)).loss(), array(manager, batch.mask), totals));
  }

  private Autograd.Result mean(TestBatch batch, PolicyLoss loss) {
    return mean(batch, loss, LossAggregation.SEQ_MEAN_TOKEN_MEAN);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void gspoRatioIsTheGeometricMeanOfTheTokenRatios(boolean tokenLevel) {
    PolicyLoss gspo = new GspoLoss(CLIP, tokenLevel);
    assertThat(mean(ratios(1, 1.10, 0.95, 1.30, 0.90), gspo).value())
        .isCloseTo(-1.05154f, within(1e-5f));
    assertThat(mean(ratios(1, 1.1, 1.1, 1.1), gspo).value()).isCloseTo(-1.1f, within(1e-5f));
  }

  @Test
  void gspoIgnoresMaskedTokensInTheMean() {
    TestBatch batch = ratios(1, 1.10, 0.95, 1.30, 0.90, 7);
    batch.mask[0][4] = 0;
    assertThat(mean(batch, new GspoLoss(CLIP, false)).value()).isCloseTo(-1.05154f, within(1e-5f));
  }

  @Test
  void gspoTokenHasTheSameGradientForEqualAdvantagesAndItsOwnOtherwise() {
    TestBatch batch = TestBatch.random(21, 6, 5);
    Arrays.fill(batch.mask[2], 3, 5, 0);
    Autograd.Result sequence = mean(batch, new GspoLoss(CLIP, false));
    Autograd.Result token = mean(batch, new GspoLoss(CLIP, true));
    assertThat(token.value()).isCloseTo(sequence.value(), within(1e-6f));
    for (int i = 0; i < sequence.gradient().length; i++) {
      assertThat(token.gradient()[i]).isCloseTo(sequence.gradient()[i], within(1e-6f));
    }
    TestBatch uneven = ratios(1, 1, 1);
    uneven.advantages[0] = new double[] {3, 1};
    assertClose(mean(uneven, new GspoLoss(CLIP, false)).gradient(), -1, -1);
    assertClose(mean(uneven, new GspoLoss(CLIP, true)).gradient(), -1.5, -0.5);
  }

  @Test
  void gspoClipsAWholeSequence() {
    TestBatch batch = ratios(1, 0.9, 2.4); // geometric mean 1.47
    TokenLoss token = batch.tokens(manager, new GspoLoss(CLIP, false));
    assertClose(token.loss().toFloatArray(), -1.2, -1.2);
    assertClose(token.clipped().toFloatArray(), 1, 1);
    assertClose(mean(batch, new GspoLoss(CLIP, false)).gradient(), 0, 0);
  }

  @ParameterizedTest
  @EnumSource(RatioLevel.class)
  void toprAtRatioOneIsReinforce(RatioLevel level) {
    for (double reward : new double[] {1, -1}) {
      TestBatch batch = TestBatch.random(31, 1, 4);
      batch.mu = batch.logp;
      Arrays.fill(batch.advantages[0], reward);
      Autograd.Result result = mean(batch, new ToprLoss(level));
      double logp = Arrays.stream(batch.logp[0]).average().orElseThrow();
      assertThat((double) result.value()).isCloseTo(-reward * logp, within(1e-5));
      assertClose(result.gradient(), Autograd.log(exp(-reward / 4)));
    }
  }

  private static double[] exp(double each) {
    double[] values = new double[4];
    Arrays.fill(values, Math.exp(each));
    return values;
  }

  @Test
  void toprOfPositiveRewardsDoesNotDependOnMu() {
    Autograd.Result near = mean(ratios(1, 0.9, 1.1), new ToprLoss(RatioLevel.SEQUENCE));
    TestBatch far = ratios(1, 0.9, 1.1);
    far.mu = new double[][] {{-5, 3}};
    Autograd.Result other = mean(far, new ToprLoss(RatioLevel.SEQUENCE));
    assertThat(other.value()).isEqualTo(near.value());
    assertThat(other.gradient()).isEqualTo(near.gradient());
  }

  @ParameterizedTest
  @CsvSource({"-0.6931472, 0.5", "1.0986123, 1", "-5000, 0"})
  void toprOfNegativeRewardsIsWeightedByTheRatioButAtMostByOne(double logRatio, double weight) {
    TestBatch batch = TestBatch.constant(1, 4);
    batch.logp = TestBatch.filled(1, 4, logRatio / 4);
    Arrays.fill(batch.advantages[0], -1);
    Autograd.Result result = mean(batch, new ToprLoss(RatioLevel.SEQUENCE));
    assertClose(result.gradient(), weight / 4, weight / 4, weight / 4, weight / 4);
    assertThat(result.value()).isFinite();
    float[] vanished =
        batch.tokens(manager, new ToprLoss(RatioLevel.SEQUENCE)).clipped().toFloatArray();
    assertThat(vanished).containsOnly(weight == 0 ? 1f : 0f);
  }

  @Test
  void toprLevelsAreThreeDifferentWeights() {
    TestBatch batch = ratios(-1, 0.5, 0.8);
    assertClose(mean(batch, new ToprLoss(RatioLevel.SEQUENCE)).gradient(), 0.2, 0.2);
    assertClose(mean(batch, new ToprLoss(RatioLevel.TOKEN)).gradient(), 0.25, 0.4);
    double geometric = Math.sqrt(0.4) / 2;
    assertClose(mean(batch, new ToprLoss(RatioLevel.GEOMETRIC)).gradient(), geometric, geometric);
  }

  @Test
  void toprLimitsOfPositivesAndNegativesAreApart() {
    ToprLoss loss =
        new ToprLoss(
            RatioLevel.SEQUENCE, new ToprLoss.Limits(0.5, 2), new ToprLoss.Limits(0.1, 0.7));
    assertClose(mean(ratios(1, 3), loss).gradient(), -2);
    assertClose(mean(ratios(1, 0.1), loss).gradient(), -0.5);
    assertClose(mean(ratios(-1, 3), loss).gradient(), 0.7);
    assertClose(mean(ratios(-1, 0.01), loss).gradient(), 0.1);
    assertThatThrownBy(() -> new ToprLoss.Limits(1, 0.5))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("objective.topr.high is 0.5, must be above 0 and at least 1.0");
  }

  @Test
  void toprKeepsPushingDownANegativeTokenThatPpoHasClipped() {
    TestBatch batch = ratios(-1, 0.5);
    assertThat(batch.sum(manager, new PpoClipLoss(CLIP)).gradient()[0]).isZero();
    assertThat(batch.sum(manager, new ToprLoss(RatioLevel.SEQUENCE)).gradient()[0])
        .isCloseTo(0.5f, within(1e-6f));
  }

  @Test
  void asymReIsTheMeanOverSequencesOfAdvantageTimesSequenceLogProb() {
    TestBatch batch = TestBatch.random(41, 3, 4);
    Arrays.fill(batch.mask[1], 2, 4, 0);
    double expected = 0;
    for (int b = 0; b < 3; b++) {
      for (int t = 0; t < 4; t++) {
        expected -= batch.mask[b][t] * batch.advantages[b][t] * batch.logp[b][t] / 3;
      }
    }
    assertThat((double) mean(batch, new AsymReLoss(), LossAggregation.SEQ_MEAN_TOKEN_SUM).value())
        .isCloseTo(expected, within(1e-5));
  }

  @Test
  void asymReFlowsToTheWaterFillingLimitBelowTheValueOfMu() {
    // Gradient in logits: mu (r - V) - pi (V_mu - V); here V = V_mu - 2.
    double[] mu = {0.5, 0.3, 0.2};
    double baseline = 0.3 - 2;
    TestBatch batch = TestBatch.constant(3, 1);
    batch.advantages = new double[][] {{1 - baseline}, {-baseline}, {-1 - baseline}};
    double[] logits = new double[3];
    for (int i = 0; i < 400; i++) {
      float[] gradient;
      try (NDManager step = Autograd.manager()) {
        gradient =
            differentiate(
                    Autograd.row(step, logits),
                    z -> {
                      TokenLoss loss =
                          new AsymReLoss().loss(batch.at(z.logSoftmax(1).reshape(3, 1)));
                      return loss.loss().mul(Autograd.row(step, mu).reshape(3, 1)).sum();
                    })
                .gradient();
      }
      for (int a = 0; a < 3; a++) {
        logits[a] -= gradient[a];
      }
    }
    double[] limit = Autograd.softmax(logits);
    assertThat(limit[0]).isCloseTo(0.675, within(1e-3));
    assertThat(limit[1]).isCloseTo(0.255, within(1e-3));
    assertThat(limit[2]).isCloseTo(0.07, within(1e-3));
  }

  @Test
  void proximalRlooClipsTheProductOfTheRatiosAndPutsItOnEveryToken() {
    PolicyLoss rloo = new ProximalRlooLoss(CLIP);
    TestBatch inside = ratios(2, 1.25, 0.8, 1.1);
    assertClose(inside.tokens(manager, rloo).loss().toFloatArray(), -2.2, -2.2, -2.2);
    assertClose(mean(inside, rloo).gradient(), -2.2, -2.2, -2.2);
    TestBatch beyond = ratios(2, 1.1, 1.1, 1.1); // each inside the band, the product 1.331 beyond
    assertThat(mean(beyond, rloo).value()).isCloseTo(-2.4f, within(1e-5f));
    assertClose(mean(beyond, rloo).gradient(), 0, 0, 0);
    assertClose(mean(ratios(-1, 1.1, 1.1, 1.1), rloo).gradient(), 1.331, 1.331, 1.331);
  }

  @ParameterizedTest
  @CsvSource({"500, 1", "500, -1", "-500, 1", "-500, -1"})
  void proximalRlooOfALongDriftedSequenceStaysFinite(double logRatio, double advantage) {
    TestBatch batch = TestBatch.constant(1, 2);
    batch.logp = TestBatch.filled(1, 2, logRatio / 2);
    Arrays.fill(batch.advantages[0], advantage);
    Autograd.Result result = mean(batch, new ProximalRlooLoss(CLIP));
    assertThat(result.value()).isFinite();
    assertClose(result.gradient(), 0, 0);
  }

  /** A chosen and a rejected sequence with the margin h between their log-ratios to the base. */
  private static TestBatch pair(double margin) {
    TestBatch batch = TestBatch.constant(2, 2);
    batch.logp = new double[][] {{margin - 1, -2}, {-1.5, -0.5}};
    batch.base = new double[][] {{-0.5, -1}, {-0.25, -0.25}};
    return batch;
  }

  @Test
  void dpoOfZeroMarginIsLogTwoAndOppositeMarginsDifferByTheScaledMargin() {
    PolicyLoss dpo = new OnlineDpoLoss(0.4, false);
    assertThat(mean(pair(0), dpo).value()).isCloseTo((float) Math.log(2), within(1e-6f));
    for (double margin : new double[] {0.3, 2, 9}) {
      double difference = mean(pair(margin), dpo).value() - mean(pair(-margin), dpo).value();
      assertThat(difference).isCloseTo(-0.4 * margin, within(1e-5));
    }
  }

  @Test
  void dpoGradientRaisesTheChosenAndLowersTheRejectedByBetaTimesTheMissingConfidence() {
    double weight = 0.4 / (1 + Math.exp(0.4 * 0.7));
    assertClose(
        mean(pair(0.7), new OnlineDpoLoss(0.4, false)).gradient(),
        -weight,
        -weight,
        weight,
        weight);
  }

  @Test
  void dpoOfHugeMarginsStaysFinite() {
    PolicyLoss dpo = new OnlineDpoLoss(1, false);
    assertThat(mean(pair(-3000), dpo).value()).isCloseTo(3000, within(1e-2f));
    assertThat(mean(pair(3000), dpo).value()).isZero();
    assertClose(mean(pair(-3000), dpo).gradient(), -1, -1, 1, 1);
  }

  @Test
  void ipoIsTheSquaredDistanceOfTheMarginFromHalfTheInverseBeta() {
    Autograd.Result result = mean(pair(0.7), new OnlineDpoLoss(0.5, true));
    assertThat(result.value()).isCloseTo(0.09f, within(1e-5f));
    assertClose(result.gradient(), -0.6, -0.6, 0.6, 0.6);
  }

  @Test
  void rowWithoutPartnerIsRefused() {
    TestBatch three = TestBatch.constant(3, 2);
    assertThatThrownBy(() -> three.tokens(manager, new OnlineDpoLoss(0.1, false)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("batch of 3 rows")
        .hasMessageContaining("training.micro_batch_sequences");
  }
}
