package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;
import java.util.OptionalDouble;

/**
 * PPO-clip (arXiv 1707.06347, equation 7): max(-r A, -clip(r, 1 - low, 1 + high) A) with r =
 * pi_theta/mu per token. With low below high it is the clip-higher of DAPO (arXiv 2503.14476); with
 * group advantages it is GRPO (arXiv 2402.03300), whose paper aggregates by {@link
 * LossAggregation#SEQ_MEAN_TOKEN_MEAN}, or Dr. GRPO (arXiv 2503.20783) by {@link
 * LossAggregation#SEQ_MEAN_TOKEN_SUM_NORM}. PPO and DAPO aggregate by {@link
 * LossAggregation#TOKEN_MEAN}.
 *
 * <p>The band lies around 1: a token whose probability changed since it was sampled may have no
 * gradient before the step has begun. {@link MixPpg} has the band around pi_k/mu instead.
 *
 * @param dualClip largest loss of a token with A &lt; 0 in units of |A| (arXiv 1912.09729, where it
 *     is 3); above 1
 */
public record PpoClipLoss(ClipRange clip, OptionalDouble dualClip) implements PolicyLoss {
  public PpoClipLoss {
    dualClip.ifPresent(
        v -> Settings.require(v > 1, "objective.dual_clip", v, "above 1, or 0 for off"));
  }

  /** Without dual clip. */
  public PpoClipLoss(ClipRange clip) {
    this(clip, OptionalDouble.empty());
  }

  @Override
  public LossLevel level() {
    return LossLevel.TOKEN;
  }

  @Override
  public TokenLoss loss(PolicyBatch batch) {
    SampledTokens tokens = new SampledTokens(batch);
    NDArray advantages = tokens.advantages();
    ClippedSurrogate surrogate =
        ClippedSurrogate.aroundOne(tokens.logRatio().exp(), advantages, clip);
    if (dualClip.isPresent()) {
      surrogate = surrogate.dualClip(advantages, dualClip.getAsDouble());
    }
    return tokens.loss(surrogate.loss(), surrogate.clipped());
  }
}
