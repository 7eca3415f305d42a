package dev.sponge.rl.objective;

import java.util.Optional;

/**
 * PPO-clip between bounds that {@link BapoBounds} finds for each minibatch (BAPO, arXiv
 * 2510.18927). The bounds are ratios, not distances from 1. Paper's aggregation: {@link
 * LossAggregation#TOKEN_MEAN}.
 *
 * @param low c_low, above 0 and at most 1
 * @param high c_high, at least 1
 * @param search how the bounds of a minibatch are found; empty to leave them as they are
 */
public record BapoLoss(double low, double high, Optional<BapoBounds.Search> search)
    implements PolicyLoss {
  public BapoLoss {
    Settings.require(low > 0 && low <= 1, "objective.bapo.low", low, "above 0 and at most 1");
    Settings.require(high >= 1, "objective.bapo.high", high, "at least 1");
  }

  /** Fixed bounds. */
  public BapoLoss(double low, double high) {
    this(low, high, Optional.empty());
  }

  /** Bounds to be found, from their starts. */
  public BapoLoss(BapoBounds.Search search) {
    this(search.low().start(), search.high().start(), Optional.of(search));
  }

  /** The same with the bounds of a minibatch. */
  public BapoLoss at(BapoBounds bounds) {
    return new BapoLoss(bounds.low(), bounds.high(), search);
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
