package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;

/**
 * Proximal RLOO (arXiv 2410.18252): PPO-clip on the product of the sequence's ratios pi_theta/mu,
 * with leave-one-out advantages. Every token carries the value of its sequence: {@link
 * LossAggregation#SEQ_MEAN_TOKEN_MEAN} is the mean over sequences.
 *
 * <p>mu is what was stored when the tokens were sampled. Scored again when the batch arrives, the
 * ratio of the first pass is 1 and nothing is corrected.
 */
public record ProximalRlooLoss(ClipRange clip) implements PolicyLoss {
  /** Log ratios beyond this have no gradient: exp would leave the range of float. */
  private static final float LARGEST_LOG_RATIO = 20;

  @Override
  public LossLevel level() {
    return LossLevel.SEQUENCE;
  }

  @Override
  public TokenLoss loss(PolicyBatch batch) {
    SampledTokens tokens = new SampledTokens(batch);
    NDArray logRatio = tokens.sum(tokens.logRatio()); // (B, 1)
    NDArray bounded =
        NDArrays.maximum(
            NDArrays.minimum(logRatio, Constants.of(logRatio, LARGEST_LOG_RATIO)),
            Constants.of(logRatio, -LARGEST_LOG_RATIO));
    ClippedSurrogate surrogate =
        ClippedSurrogate.aroundOne(bounded.exp(), tokens.sequenceAdvantages(), clip);
    return tokens.loss(surrogate.loss(), surrogate.clipped());
  }
}
