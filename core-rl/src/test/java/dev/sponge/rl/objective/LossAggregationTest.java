package dev.sponge.rl.objective;

import static dev.sponge.rl.objective.Autograd.array;
import static dev.sponge.rl.objective.Autograd.differentiate;
import static dev.sponge.rl.objective.Autograd.ones;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LossAggregationTest {
  private static final double[][] VALUES = {{1, 2, 3}, {4, 5, 6}};
  private static final double[][] MASK = {{1, 0, 0}, {1, 1, 0}};
  private static final BatchTotals TOTALS = new BatchTotals(3, 2, 10);

  private NDManager manager;

  @BeforeEach
  void open() {
    manager = Autograd.manager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private float aggregate(LossAggregation by, double[][] values, double[][] mask, BatchTotals t) {
    return by.aggregate(array(manager, values), array(manager, mask), t).getFloat();
  }

  @ParameterizedTest
  @CsvSource({
    "TOKEN_MEAN, 3.333333", // (1 + 4 + 5) / 3
    "SEQ_MEAN_TOKEN_MEAN, 2.75", // (1 + 4.5) / 2
    "SEQ_MEAN_TOKEN_SUM, 5", // (1 + 9) / 2
    "SEQ_MEAN_TOKEN_SUM_NORM, 0.5", // (1 + 9) / (2 * 10)
  })
  void aggregatesByHand(LossAggregation by, float expected) {
    assertThat(aggregate(by, VALUES, MASK, TOTALS)).isCloseTo(expected, within(1e-6f));
  }

  @Test
  void tokenMeanEqualsSequenceMeanOnlyForEqualLengths() {
    double[][] full = {ones(3), ones(3)};
    BatchTotals six = new BatchTotals(6, 2, 1);
    assertThat(aggregate(LossAggregation.TOKEN_MEAN, VALUES, full, six))
        .isCloseTo(
            aggregate(LossAggregation.SEQ_MEAN_TOKEN_MEAN, VALUES, full, six), within(1e-6f));
    assertThat(aggregate(LossAggregation.TOKEN_MEAN, VALUES, MASK, TOTALS))
        .isNotCloseTo(
            aggregate(LossAggregation.SEQ_MEAN_TOKEN_MEAN, VALUES, MASK, TOTALS), within(0.1f));
  }

  @ParameterizedTest
  @EnumSource(LossAggregation.class)
  void microBatchesAddUpToTheMinibatchWithGlobalTotals(LossAggregation by) {
    float parts =
        aggregate(by, new double[][] {VALUES[0]}, new double[][] {MASK[0]}, TOTALS)
            + aggregate(by, new double[][] {VALUES[1]}, new double[][] {MASK[1]}, TOTALS);
    assertThat(parts).isCloseTo(aggregate(by, VALUES, MASK, TOTALS), within(1e-6f));
  }

  @Test
  void averagingMicroBatchesWithTheirOwnTokenCountsGivesAnotherNumber() {
    float naive =
        (aggregate(
                    LossAggregation.TOKEN_MEAN,
                    new double[][] {VALUES[0]},
                    new double[][] {MASK[0]},
                    new BatchTotals(1, 1, 10))
                + aggregate(
                    LossAggregation.TOKEN_MEAN,
                    new double[][] {VALUES[1]},
                    new double[][] {MASK[1]},
                    new BatchTotals(2, 1, 10)))
            / 2;
    assertThat(naive)
        .isNotCloseTo(aggregate(LossAggregation.TOKEN_MEAN, VALUES, MASK, TOTALS), within(0.1f));
  }

  @ParameterizedTest
  @EnumSource(LossAggregation.class)
  void orderOfSequencesDoesNotMatter(LossAggregation by) {
    assertThat(
            aggregate(
                by,
                new double[][] {VALUES[1], VALUES[0]},
                new double[][] {MASK[1], MASK[0]},
                TOTALS))
        .isCloseTo(aggregate(by, VALUES, MASK, TOTALS), within(1e-6f));
  }

  @ParameterizedTest
  @EnumSource(LossAggregation.class)
  void maskedNanReachesNeitherValueNorGradient(LossAggregation by) {
    double[][] dirty = {{1, Double.NaN, Double.POSITIVE_INFINITY}, {4, 5, Double.NaN}};
    Autograd.Result clean = gradient(by, VALUES);
    Autograd.Result result = gradient(by, dirty);
    assertThat(result.value()).isEqualTo(clean.value());
    assertThat(result.gradient()).isEqualTo(clean.gradient());
    assertThat(clean.gradient()[0]).isPositive();
    assertThat(clean.gradient()[1]).isZero();
  }

  private Autograd.Result gradient(LossAggregation by, double[][] values) {
    return differentiate(
        array(manager, values), x -> by.aggregate(x, array(manager, MASK), TOTALS));
  }

  @ParameterizedTest
  @EnumSource(LossAggregation.class)
  void rowWithoutTokensAddsNothing(LossAggregation by) {
    double[][] values = {VALUES[0], VALUES[1], {7, 8, 9}};
    double[][] mask = {MASK[0], MASK[1], {0, 0, 0}};
    assertThat(aggregate(by, values, mask, TOTALS))
        .isCloseTo(aggregate(by, VALUES, MASK, TOTALS), within(1e-6f));
  }

  @Test
  void totalsMustBePositive() {
    assertThatThrownBy(() -> new BatchTotals(0, 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tokens=0");
  }
}
