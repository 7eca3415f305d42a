package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;

/**
 * The clipped surrogate of PPO (arXiv 1707.06347, equation 7) on any ratio.
 *
 * @param loss max(-r A, -clip(r) A), with gradient; the shape of the ratio broadcast with the
 *     advantage's
 * @param clipped 1 where the bound takes the gradient, detached
 */
record ClippedSurrogate(NDArray loss, NDArray clipped) {

  /** With the band around 1. */
  static ClippedSurrogate aroundOne(NDArray ratio, NDArray advantage, ClipRange clip) {
    return between(ratio, advantage, 1 - clip.low(), 1 + clip.high());
  }

  /**
   * With the band given by its two ends.
   *
   * @param ratio (B, C) or (B, 1), finite
   * @param advantage (B, C) or (B, 1), detached
   */
  static ClippedSurrogate between(NDArray ratio, NDArray advantage, float low, float high) {
    NDArray bounded =
        NDArrays.maximum(
            NDArrays.minimum(ratio, Constants.of(ratio, high)), Constants.of(ratio, low));
    NDArray surrogate = ratio.mul(advantage);
    NDArray boundedSurrogate = bounded.mul(advantage);
    return new ClippedSurrogate(
        NDArrays.minimum(surrogate, boundedSurrogate).neg(), where(surrogate, boundedSurrogate));
  }

  /**
   * Bounds the loss by cap * |A| for A &lt; 0 (dual clip, arXiv 1912.09729). For A &gt;= 0 the loss
   * is at most 0 and the bound never binds.
   */
  ClippedSurrogate dualClip(NDArray advantage, double cap) {
    NDArray bound = advantage.abs().mul(cap);
    return new ClippedSurrogate(
        NDArrays.minimum(loss, bound), NDArrays.maximum(clipped, where(loss, bound)));
  }

  private static NDArray where(NDArray larger, NDArray bound) {
    return larger.stopGradient().gt(bound.stopGradient()).toType(DataType.FLOAT32, false);
  }
}
