package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;

/**
 * The critic's clipped loss (PPO's reference code; arXiv 2005.12729): what a value may gain by
 * moving away from the one of the last data collection is bounded, as the policy's ratio is.
 */
public final class ValueLoss {
  private ValueLoss() {}

  /**
   * 1/2 max((v - R)^2, (clip(v, v_old - clip, v_old + clip) - R)^2) per token; at least the
   * unclipped 1/2 (v - R)^2.
   *
   * @param values (B, C) v of the critic, the only input with gradient
   * @param oldValues (B, C) v_old, scored once before the passes of the step
   * @param returns (B, C) R, what the values should be
   * @param mask (B, C) float, 1 for completion tokens, else 0
   * @param clip half-width of the band around v_old, above 0, in units of the reward; infinite for
   *     no clip
   * @return (B, C), 0 where the mask is 0
   */
  public static NDArray loss(
      NDArray values, NDArray oldValues, NDArray returns, NDArray mask, double clip) {
    TokenMask tokens = new TokenMask(mask);
    NDArray value = tokens.keep(values);
    NDArray target = tokens.keep(returns.stopGradient());
    NDArray bounded = bound(value, tokens.keep(oldValues.stopGradient()), clip);
    NDArray larger =
        NDArrays.maximum(value.sub(target).square(), bounded.sub(target).square()); // (B, C)
    return Constants.times(larger, 0.5f);
  }

  /**
   * The share of one micro-batch in the minibatch's token mean.
   *
   * @param totals denominators of the whole minibatch
   * @return scalar, with the gradient of {@code values}
   */
  public static NDArray mean(NDArray loss, NDArray mask, BatchTotals totals) {
    return LossAggregation.TOKEN_MEAN.aggregate(loss, mask, totals);
  }

  /**
   * The loss of a policy and a critic on one backbone: policy loss + c_v * value loss (arXiv
   * 1707.06347, equation 9).
   *
   * @param policyLoss scalar
   * @param valueLoss scalar, of {@link #mean}
   * @param coefficient c_v
   */
  public static NDArray joint(NDArray policyLoss, NDArray valueLoss, double coefficient) {
    return policyLoss.add(Constants.times(valueLoss, (float) coefficient));
  }

  /**
   * 1 where the clip zeroes the gradient, else 0; detached.
   *
   * @param values (B, C), as in {@link #loss}
   * @return (B, C) float
   */
  public static NDArray clipped(
      NDArray values, NDArray oldValues, NDArray returns, NDArray mask, double clip) {
    TokenMask tokens = new TokenMask(mask);
    NDArray value = tokens.keep(values.stopGradient());
    NDArray target = tokens.keep(returns.stopGradient());
    NDArray bounded = bound(value, tokens.keep(oldValues.stopGradient()), clip);
    return bounded
        .sub(target)
        .square()
        .gt(value.sub(target).square())
        .toType(DataType.FLOAT32, false);
  }

  private static NDArray bound(NDArray value, NDArray old, double clip) {
    Settings.require(clip > 0, "critic.value_clip", Math.min(clip, Double.MAX_VALUE), "above 0");
    float width = (float) Math.min(clip, Float.MAX_VALUE);
    return NDArrays.maximum(NDArrays.minimum(value, old.add(width)), old.sub(width));
  }
}
