package dev.sponge.rl.objective;

/**
 * PPO-clip between the bounds that {@link BapoBounds} found for the batch (BAPO, arXiv 2510.18927).
 * The bounds are ratios, not distances from 1. Paper's aggregation: {@link
 * LossAggregation#TOKEN_MEAN}.
 *
 * @param low c_low, above 0 and at most 1
 * @param high c_high, at least 1
 */
public record BapoLoss(double low, double high) implements PolicyLoss {
  public BapoLoss {
    Settings.require(low > 0 && low <= 1, "objective.bapo.low", low, "above 0 and at most 1");
    Settings.require(high >= 1, "objective.bapo.high", high, "at least 1");
  }

  @Override
  public LossLevel level() {
    return LossLevel.TOKEN;
  }

  @Override
  public TokenLoss loss(PolicyBatch batch) {
    SampledTokens tokens = new SampledTokens(batch);
    ClippedSurrogate surrogate =
        ClippedSurrogate.between(
            tokens.logRatio().exp(), tokens.advantages(), (float) low, (float) high);
    return tokens.loss(surrogate.loss(), surrogate.clipped());
  }
}
