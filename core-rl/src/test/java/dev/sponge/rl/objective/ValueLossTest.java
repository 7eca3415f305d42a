package dev.sponge.rl.objective;

import static dev.sponge.rl.objective.Autograd.array;
import static dev.sponge.rl.objective.Autograd.differentiate;
import static dev.sponge.rl.objective.Autograd.gaussians;
import static dev.sponge.rl.objective.Autograd.leaf;
import static dev.sponge.rl.objective.Autograd.ones;
import static dev.sponge.rl.objective.Autograd.plus;
import static dev.sponge.rl.objective.Autograd.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import dev.sponge.rl.UserError;
import dev.sponge.rl.VerlFixture;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValueLossTest {
  private static final double CLIP = 0.5;
  private static final int B = 4;
  private static final int C = 6;

  // Values far enough from the old ones that both sides of the clip occur.
  private final double[][] old = gaussians(1, B, C, 1);
  private final double[][] values = plus(old, gaussians(2, B, C, 0.7));
  private final double[][] returns = plus(old, gaussians(3, B, C, 1));
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

  private NDArray loss(NDArray at, double clip) {
    return ValueLoss.loss(
        at, array(manager, old), array(manager, returns), array(manager, mask), clip);
  }

  private NDArray clipped(double clip) {
    return ValueLoss.clipped(
        array(manager, values),
        array(manager, old),
        array(manager, returns),
        array(manager, mask),
        clip);
  }

  private static void assertClose(float[] actual, double[] expected) {
    assertThat(actual).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).as("entry %d", i).isCloseTo(expected[i], within(1e-5));
    }
  }

  /** Loss, gradient and whether the clip binds, of every token, by the formula. */
  private double[][] reference(double clip) {
    double[][] result = new double[3][B * C];
    for (int i = 0; i < B * C; i++) {
      double v = values[i / C][i % C];
      double before = old[i / C][i % C];
      double target = returns[i / C][i % C];
      double bounded = Math.min(Math.max(v, before - clip), before + clip);
      double plain = (v - target) * (v - target);
      double limited = (bounded - target) * (bounded - target);
      result[0][i] = Math.max(plain, limited) / 2;
      result[1][i] = limited > plain ? 0 : v - target;
      result[2][i] = limited > plain ? 1 : 0;
    }
    return result;
  }

  /** v, v_old, R, loss, gradient; clip 0.5. */
  @ParameterizedTest
  @CsvSource({
    "1, 1, 3, 2, -2", // old value itself
    "1.25, 1, 3, 1.53125, -1.75", // within the band
    "2, 1, 3, 1.125, 0", // moved past the band towards R: the bound stands in
    "4, 1, 1, 4.5, 3", // moved away from R: nothing holds it back from returning
    "-1, 1, 0, 0.5, -1", // beyond R: the unclipped loss is the larger one
    "0, 1, -1, 1.125, 0"
  })
  void lossIsTheLargerOfUnclippedAndClipped(
      double v, double before, double target, double loss, double gradient) {
    Autograd.Result result =
        differentiate(
            row(manager, v),
            x ->
                ValueLoss.loss(x, row(manager, before), row(manager, target), row(manager, 1), CLIP)
                    .sum());
    assertThat(result.value()).isCloseTo((float) loss, within(1e-6f));
    assertThat(result.gradient()[0]).isCloseTo((float) gradient, within(1e-6f));
  }

  @Test
  void lossAndGradientAreTheFormulaOnEveryToken() {
    double[][] expected = reference(CLIP);
    assertClose(loss(array(manager, values), CLIP).toFloatArray(), expected[0]);
    assertClose(
        differentiate(array(manager, values), x -> loss(x, CLIP).sum()).gradient(), expected[1]);
    assertClose(clipped(CLIP).toFloatArray(), expected[2]);
    assertThat(Arrays.stream(expected[2]).sum()).isBetween(1.0, B * C - 1.0);
  }

  @Test
  void clipNeverLowersTheLossAndIsIdleWithinTheBand() {
    float[] limited = loss(array(manager, values), CLIP).toFloatArray();
    float[] plain = loss(array(manager, values), Double.POSITIVE_INFINITY).toFloatArray();
    assertClose(plain, reference(1e9)[0]);
    for (int i = 0; i < plain.length; i++) {
      assertThat(limited[i]).isGreaterThanOrEqualTo(plain[i]);
      if (Math.abs(values[i / C][i % C] - old[i / C][i % C]) <= CLIP) {
        assertThat(limited[i]).isEqualTo(plain[i]);
      }
    }
  }

  @Test
  void firstPassHasTheFullGradient() {
    float[] gradient = differentiate(array(manager, old), x -> loss(x, CLIP).sum()).gradient();
    double[] expected = new double[B * C];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = old[i / C][i % C] - returns[i / C][i % C];
    }
    assertClose(gradient, expected);
  }

  @Test
  void lossAndGradientAreThoseOfVerl() {
    VerlFixture verl = VerlFixture.open();
    VerlFixture expected = verl.part("value_loss");
    NDArray tokens = array(manager, verl.rows("mask"));
    NDArray before = array(manager, expected.rows("old_values"));
    NDArray target = array(manager, expected.rows("returns"));
    double clip = expected.number("clip");
    int count = (int) tokens.sum().getFloat();
    BatchTotals totals = new BatchTotals(count, tokens.size(0), 1);
    Autograd.Result result =
        differentiate(
            array(manager, expected.rows("values")),
            x -> ValueLoss.mean(ValueLoss.loss(x, before, target, tokens, clip), tokens, totals));
    assertThat((double) result.value()).isCloseTo(expected.number("loss"), within(1e-5));
    assertClose(
        result.gradient(),
        Arrays.stream(expected.rows("gradient")).flatMapToDouble(Arrays::stream).toArray());
    NDArray bound =
        ValueLoss.clipped(array(manager, expected.rows("values")), before, target, tokens, clip);
    assertThat((double) bound.sum().getFloat() / count)
        .isCloseTo(expected.number("clip_fraction"), within(1e-6));
  }

  @Test
  void garbageInMaskedPositionsHasNoEffectOnValueOrGradient() {
    mask[0][5] = mask[1][0] = mask[3][2] = 0;
    Autograd.Result clean = differentiate(array(manager, values), x -> loss(x, CLIP).sum());
    double[] garbage = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
    int[][] masked = {{0, 5}, {1, 0}, {3, 2}};
    for (int i = 0; i < masked.length; i++) {
      values[masked[i][0]][masked[i][1]] = garbage[i];
      old[masked[i][0]][masked[i][1]] = garbage[(i + 1) % 3];
      returns[masked[i][0]][masked[i][1]] = garbage[(i + 2) % 3];
    }
    Autograd.Result dirty = differentiate(array(manager, values), x -> loss(x, CLIP).sum());
    assertThat(dirty.value()).isEqualTo(clean.value());
    assertThat(dirty.gradient()).isEqualTo(clean.gradient());
    assertThat(loss(array(manager, values), CLIP).toFloatArray()[5]).isZero();
    assertThat(clipped(CLIP).toFloatArray()[5]).isZero();
  }

  @Test
  void onlyTheValuesReceiveGradient() {
    NDArray at = leaf(array(manager, values));
    NDArray before = leaf(array(manager, old));
    NDArray target = leaf(array(manager, returns));
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray loss = ValueLoss.loss(at, before, target, array(manager, mask), CLIP);
      assertThat(ValueLoss.clipped(at, before, target, array(manager, mask), CLIP).hasGradient())
          .isFalse();
      collector.backward(loss.sum());
    }
    assertThat(Gradients.isZero(at)).isFalse();
    assertThat(Gradients.isZero(before)).isTrue();
    assertThat(Gradients.isZero(target)).isTrue();
  }

  @Test
  void sharesOfMicroBatchesAddUpToTheMeanOverAllTokens() {
    mask[0][5] = mask[0][4] = mask[1][0] = 0;
    BatchTotals totals = new BatchTotals(B * C - 3, B, 1);
    double[] tokens = reference(CLIP)[0];
    double sum = Arrays.stream(tokens).sum() - tokens[5] - tokens[4] - tokens[C];
    NDArray all = array(manager, mask);
    NDArray loss = loss(array(manager, values), CLIP);
    float whole = ValueLoss.mean(loss, all, totals).getFloat();
    assertThat((double) whole).isCloseTo(sum / (B * C - 3), within(1e-5));
    float parts =
        ValueLoss.mean(loss.get(":1"), all.get(":1"), totals).getFloat()
            + ValueLoss.mean(loss.get("1:"), all.get("1:"), totals).getFloat();
    assertThat(parts).isCloseTo(whole, within(1e-6f));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN})
  void clipMustBeAboveZero(double clip) {
    assertThatThrownBy(() -> loss(array(manager, values), clip))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("critic.value_clip is " + clip);
  }
}
