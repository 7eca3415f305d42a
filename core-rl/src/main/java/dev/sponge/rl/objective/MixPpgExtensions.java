package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;

/** Bounds on Mix-PPG that the paper does not have; all are off by default. */
final class MixPpgExtensions {
  private MixPpgExtensions() {}

  /**
   * Dual clip (arXiv 1912.09729) moved to the centre: for A &lt; 0 the loss is at most cap * c *
   * |A|. A bound of cap * |A| would take the gradient of a replayed token with c &gt; cap before
   * the policy has moved at all.
   *
   * @param token a Mix-PPG loss
   * @param advantages (B, C)
   * @param mask (B, C) float, 1 for completion tokens, else 0
   * @param cap in units of the centre c, above 1
   */
  static TokenLoss dualClip(TokenLoss token, NDArray advantages, NDArray mask, double cap) {
    NDArray advantage = new TokenMask(mask).keep(advantages.stopGradient());
    NDArray bound = token.logCentre().exp().mul(advantage.abs()).mul(cap); // (B, C)
    // For A >= 0 the loss is at most 0, so the bound never binds there.
    NDArray loss = NDArrays.minimum(token.loss(), bound);
    NDArray bounded = token.loss().stopGradient().gt(bound).toType(DataType.FLOAT32, false);
    return new TokenLoss(
        loss, token.ratio(), token.logCentre(), NDArrays.maximum(token.clipped(), bounded));
  }

  /**
   * Caps the weight c of a token: at pi_theta = pi_k the gradient is -min(c, cap) A instead of -c
   * A. Which tokens are clipped does not change.
   *
   * @param token a Mix-PPG loss
   * @param cap largest weight, above 0
   */
  static TokenLoss capWeight(TokenLoss token, double cap) {
    NDArray scale = token.logCentre().neg().exp().mul(cap).minimum(1); // min(c, cap) / c
    return new TokenLoss(
        token.loss().mul(scale), token.ratio(), token.logCentre(), token.clipped());
  }
}
