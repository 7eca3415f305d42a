package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;

/**
 * CISPO (arXiv 2506.13585): -sg[clip(pi_theta/mu, 1 - low, 1 + high)] A log pi_theta. The weight is
 * clipped, not the update: no token loses its gradient. Paper's aggregation: {@link
 * LossAggregation#TOKEN_MEAN}.
 *
 * @param clip band of the weight around 1; low of 1 or more leaves it open below, as in the paper
 */
public record CispoLoss(ClipRange clip) implements PolicyLoss {

  @Override
  public LossLevel level() {
    return LossLevel.TOKEN;
  }

  @Override
  public TokenLoss loss(PolicyBatch batch) {
    SampledTokens tokens = new SampledTokens(batch);
    NDArray weight =
        tokens
            .logRatio()
            .stopGradient()
            .exp()
            .maximum(1 - clip.low())
            .minimum(1 + clip.high()); // (B, C)
    return tokens.loss(tokens.logp().mul(weight.mul(tokens.advantages()).neg()));
  }
}
