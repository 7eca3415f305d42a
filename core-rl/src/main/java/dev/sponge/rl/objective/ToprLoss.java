package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;

/**
 * Tapered off-policy REINFORCE (arXiv 2503.14286): -sg[alpha] R log pi_theta, where alpha is the
 * ratio pi_theta/mu limited to [a+, b+] for R &gt;= 0 and to [a-, b-] for R &lt; 0. R is the
 * advantage of the sequence, without a baseline in the paper. Every token carries its own log-prob:
 * {@link LossAggregation#SEQ_MEAN_TOKEN_MEAN} is the paper's length-divided loss, {@link
 * LossAggregation#SEQ_MEAN_TOKEN_SUM} the undivided one.
 *
 * @param ratio the paper's is {@link RatioLevel#SEQUENCE}
 */
public record ToprLoss(RatioLevel ratio, Limits positive, Limits negative) implements PolicyLoss {

  /**
   * Bounds of the weight alpha.
   *
   * @param low a, 0 or more; above 0 for negative rewards it lets them push without bound
   * @param high b, at least {@code low} and above 0
   */
  public record Limits(double low, double high) {
    public Limits {
      Settings.require(low >= 0, "objective.topr.low", low, "0 or more");
      Settings.require(
          high > 0 && high >= low, "objective.topr.high", high, "above 0 and at least " + low);
    }
  }

  /** The paper's limits: weight 1 for R &gt;= 0, the ratio but at most 1 for R &lt; 0. */
  public ToprLoss(RatioLevel ratio) {
    this(ratio, new Limits(1, 1), new Limits(0, 1));
  }

  @Override
  public LossLevel level() {
    return LossLevel.SEQUENCE;
  }

  @Override
  public TokenLoss loss(PolicyBatch batch) {
    SampledTokens tokens = new SampledTokens(batch);
    NDArray rewards = tokens.sequenceAdvantages(); // (B, 1)
    NDArray logRatio =
        tokens.spread(ratio.logRatio(tokens, tokens.logRatio().stopGradient())); // (B, C)
    NDArray alpha =
        NDArrays.where(
            tokens.spread(rewards).gte(0), taper(logRatio, positive), taper(logRatio, negative));
    NDArray weight = alpha.mul(rewards).neg(); // (B, C)
    NDArray vanished = alpha.eq(0).toType(DataType.FLOAT32, false);
    return tokens.loss(tokens.logp().mul(weight), vanished);
  }

  /** The limited ratio, limited as a logarithm: the product over a long sequence has no float. */
  private static NDArray taper(NDArray logRatio, Limits limits) {
    return logRatio.maximum(Math.log(limits.low())).minimum(Math.log(limits.high())).exp();
  }
}
