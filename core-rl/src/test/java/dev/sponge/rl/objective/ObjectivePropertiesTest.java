package dev.sponge.rl.objective;

import static dev.sponge.rl.objective.Autograd.array;
import static dev.sponge.rl.objective.Autograd.differentiate;
import static dev.sponge.rl.objective.Autograd.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.SplittableRandom;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class ObjectivePropertiesTest {
  private static final float EPSILON = 0.2f;

  private static final class Token {
    final double loss;
    final double gradient;

    Token(Autograd.Result result) {
      this.loss = result.value();
      this.gradient = result.gradient()[0];
    }
  }

  private static Token mixPpg(double logp, double logpMu, double logpCurrent, double advantage) {
    try (NDManager manager = Autograd.manager()) {
      NDArray one = row(manager, 1);
      return new Token(
          differentiate(
              row(manager, logp),
              x ->
                  MixPpg.loss(
                          x,
                          row(manager, logpMu),
                          row(manager, logpCurrent),
                          row(manager, advantage),
                          one,
                          new ClipRange(EPSILON, EPSILON))
                      .loss()
                      .sum()));
    }
  }

  @Property(tries = 200)
  void gradientIsMinusRTimesAInsideTheBandAndZeroBeyondIt(
      @ForAll @DoubleRange(min = -2, max = 0) double logpMu,
      @ForAll @DoubleRange(min = -1, max = 1) double logCentre,
      @ForAll @DoubleRange(min = -1, max = 1) double moved,
      @ForAll @DoubleRange(min = -3, max = 3) double advantage) {
    double r = Math.exp(logCentre + moved);
    double c = Math.exp(logCentre);
    Assume.that(Math.abs(Math.abs(r - c) - EPSILON) > 1e-4); // the edge itself is float rounding
    boolean dead = (advantage > 0 && r > c + EPSILON) || (advantage < 0 && r < c - EPSILON);
    Token token = mixPpg(logpMu + logCentre + moved, logpMu, logpMu + logCentre, advantage);
    assertThat(token.gradient).isCloseTo(dead ? 0 : -r * advantage, within(1e-4));
    double bounded = Math.min(Math.max(r, c - EPSILON), c + EPSILON);
    double loss = Math.max(-r * advantage, -bounded * advantage);
    assertThat(token.loss).isCloseTo(loss, within(1e-4));
  }

  @Property(tries = 100)
  void lossIsNeverBelowTheUnclippedLoss(
      @ForAll @DoubleRange(min = -1, max = 1) double logCentre,
      @ForAll @DoubleRange(min = -1, max = 1) double moved,
      @ForAll @DoubleRange(min = -3, max = 3) double advantage) {
    double r = Math.exp(logCentre + moved);
    assertThat(mixPpg(logCentre + moved, 0, logCentre, advantage).loss)
        .isGreaterThanOrEqualTo(-r * advantage - 1e-4);
  }

  @Property(tries = 100)
  void secondAndThirdEstimatorAreNeverNegative(
      @ForAll @DoubleRange(min = -5, max = 5) double delta) {
    try (NDManager manager = Autograd.manager()) {
      assertThat(KlEstimator.K2.estimate(row(manager, delta)).getFloat(0, 0))
          .isGreaterThanOrEqualTo(0);
      assertThat(KlEstimator.K3.estimate(row(manager, delta)).getFloat(0, 0))
          .isGreaterThanOrEqualTo(-1e-6f);
    }
  }

  @Property(tries = 100)
  void anyCutIntoMicroBatchesAddsUpToTheMinibatch(
      @ForAll long seed,
      @ForAll @IntRange(min = 2, max = 6) int batch,
      @ForAll @IntRange(min = 1, max = 5) int cut,
      @ForAll LossAggregation by) {
    Assume.that(cut < batch);
    int length = 5;
    SplittableRandom random = new SplittableRandom(seed);
    double[][] mask = new double[batch][length];
    long tokens = 0;
    for (double[] row : mask) {
      int n = 1 + random.nextInt(length);
      for (int t = 0; t < n; t++) {
        row[t] = 1;
      }
      tokens += n;
    }
    BatchTotals totals = new BatchTotals(tokens, batch, 7);
    try (NDManager manager = Autograd.manager()) {
      NDArray values = array(manager, Autograd.gaussians(seed, batch, length, 1));
      NDArray masks = array(manager, mask);
      float whole = by.aggregate(values, masks, totals).getFloat();
      String head = "0:" + cut;
      String tail = cut + ":" + batch;
      float parts =
          by.aggregate(values.get(head), masks.get(head), totals).getFloat()
              + by.aggregate(values.get(tail), masks.get(tail), totals).getFloat();
      assertThat(parts).isCloseTo(whole, within(1e-5f));
    }
  }
}
