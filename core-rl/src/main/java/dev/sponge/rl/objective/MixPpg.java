package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;

/**
 * Mix-PPG (arXiv 2507.06892, section on mix-policy proximal policy gradient; GePPO, arXiv
 * 2111.00072): the clipped surrogate for tokens of the current and of earlier policies.
 *
 * <p>The band lies around c = pi_k/mu instead of around 1: a token of an old policy starts inside
 * it, and only what this step's updates change is bounded. With mu = pi_k the centre is 1 and the
 * loss is PPO-clip, which is also GRPO's.
 *
 * <p>A batch of history alone (p = 1, off-policy PPG in the ablations of arXiv 2507.06892) needs no
 * loss of its own: which policies the tokens come from is a matter of the batch.
 */
public final class MixPpg {
  private MixPpg() {}

  /**
   * max(-r A, -clip(r, c - low, c + high) A) with r = pi_theta/mu and c = pi_k/mu, per token.
   *
   * @param logp (B, C) log pi_theta of the sampled tokens, the only input with gradient
   * @param logpMu (B, C) log-probs under the policy that sampled the tokens, fixed when they were
   *     first scored
   * @param logpCurrent (B, C) log pi_k, scored once before the passes of the step: rescored in
   *     every pass, r would equal c and nothing would ever be clipped
   * @param advantages (B, C)
   * @param mask (B, C) float, 1 for completion tokens, else 0
   */
  public static TokenLoss loss(
      NDArray logp,
      NDArray logpMu,
      NDArray logpCurrent,
      NDArray advantages,
      NDArray mask,
      ClipRange clip) {
    TokenMask tokens = new TokenMask(mask);
    NDArray frozenMu = logpMu.stopGradient();
    NDArray advantage = tokens.keep(advantages.stopGradient());
    NDArray ratio = tokens.keep(logp.sub(frozenMu)).exp();
    NDArray logCentre = tokens.keep(logpCurrent.stopGradient().sub(frozenMu));
    NDArray centre = logCentre.exp();

    NDArray lower = centre.sub(clip.low());
    NDArray upper = centre.add(clip.high());
    NDArray bounded = NDArrays.maximum(NDArrays.minimum(ratio, upper), lower);
    NDArray surrogate = ratio.mul(advantage);
    NDArray boundedSurrogate = bounded.mul(advantage);
    NDArray loss = NDArrays.minimum(surrogate, boundedSurrogate).neg();
    // The bound is the smaller one exactly where its constant replaces the ratio in the loss.
    NDArray clipped = surrogate.gt(boundedSurrogate).toType(DataType.FLOAT32, false);
    return new TokenLoss(loss, ratio.stopGradient(), logCentre, clipped);
  }
}
