package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;

/**
 * Truncated importance sampling between trainer and sampler (fengyao.notion.site/off-policy-rl):
 * the policy loss is multiplied with sg[min(mu/sampler, cap)], both with the weights that sampled
 * the tokens, once as the trainer and once as the sampler computes them. The numerator is never the
 * trained policy. Where mu itself is the sampler's number the weight is 1 and the correction lies
 * in the ratio of the loss.
 *
 * @param cap largest weight, above 0; 2 to 8 are common
 * @param level {@link RatioLevel#TOKEN}, or one weight for all tokens of a sequence
 */
public record TruncatedImportance(double cap, RatioLevel level) {
  public TruncatedImportance {
    Settings.require(cap > 0, "objective.truncated_importance.cap", cap, "above 0, or 0 for off");
  }

  /** (B, C) the weight of every token, detached, 0 where masked. */
  public NDArray weights(PolicyBatch batch) {
    SampledTokens tokens = new SampledTokens(batch);
    FrozenLogprobs frozen = batch.frozen();
    NDArray mismatch =
        tokens.keep(frozen.mu().stopGradient().sub(frozen.sampler().stopGradient())); // (B, C)
    NDArray logWeight = level.logRatio(tokens, mismatch).minimum(Math.log(cap));
    return tokens.spread(logWeight.exp());
  }
}
