package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;

/**
 * GSPO (arXiv 2507.18071): PPO-clip on the geometric mean s of the sequence's ratios pi_theta/mu.
 * Bands are small there: 3e-4 below and 4e-4 above in the paper. Its aggregation is {@link
 * LossAggregation#SEQ_MEAN_TOKEN_MEAN}.
 *
 * @param tokenLevel GSPO-token: the same value, but every token's gradient carries its own
 *     advantage; the same gradient where the advantages of a sequence are equal
 */
public record GspoLoss(ClipRange clip, boolean tokenLevel) implements PolicyLoss {

  @Override
  public LossLevel level() {
    return LossLevel.SEQUENCE;
  }

  @Override
  public TokenLoss loss(PolicyBatch batch) {
    SampledTokens tokens = new SampledTokens(batch);
    NDArray logSequence = tokens.mean(tokens.logRatio()); // (B, 1)
    NDArray logRatio =
        tokenLevel
            ? tokens.logp().sub(tokens.logp().stopGradient()).add(logSequence.stopGradient())
            : logSequence;
    ClippedSurrogate surrogate =
        ClippedSurrogate.aroundOne(logRatio.exp(), tokens.advantages(), clip);
    return tokens.loss(surrogate.loss(), surrogate.clipped());
  }
}
