package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;
import java.util.Optional;

/**
 * Decoupled PPO (arXiv 2110.00641; for language models arXiv 2505.24298): sg[pi_k/mu] max(-u A,
 * -clip(u, 1 - low, 1 + high) A) with u = pi_theta/pi_k per token. The weight is always there; the
 * cap is an option apart from it. Paper's aggregation: {@link LossAggregation#TOKEN_MEAN}.
 *
 * @param clip band of u around 1
 * @param cap what happens to tokens whose weight is too large
 */
public record DecoupledPpoLoss(ClipRange clip, Optional<WeightCap> cap) implements PolicyLoss {

  /** What a weight above the cap leads to. */
  public enum CapAction {
    /** The loss is dropped; denominators still count the token. */
    MASK,
    /** The weight is scaled down to the cap. */
    CLAMP
  }

  /**
   * The cap of pi_k/mu.
   *
   * @param upper largest weight, above 0
   * @param level what is compared with it: the token's weight, or one number for its sequence,
   *     which then decides over all tokens of it
   */
  public record WeightCap(double upper, RatioLevel level, CapAction action) {
    public WeightCap {
      Settings.require(upper > 0, "objective.decoupled_ppo.cap", upper, "above 0, or 0 for off");
    }
  }

  /** Without a cap. */
  public DecoupledPpoLoss(ClipRange clip) {
    this(clip, Optional.empty());
  }

  @Override
  public LossLevel level() {
    return LossLevel.TOKEN;
  }

  @Override
  public TokenLoss loss(PolicyBatch batch) {
    SampledTokens tokens = new SampledTokens(batch);
    NDArray moved = tokens.keep(batch.logp().sub(batch.frozen().current().stopGradient()));
    ClippedSurrogate surrogate = ClippedSurrogate.aroundOne(moved.exp(), tokens.advantages(), clip);
    NDArray share = cap.map(c -> keptShare(tokens, c)).orElseGet(() -> moved.onesLike());
    // Not exp(log c) * share: a weight beyond float range times 0 would be NaN.
    NDArray weight = tokens.logCentre().add(share.log()).exp(); // (B, C)
    NDArray dropped = share.eq(0).toType(DataType.FLOAT32, false);
    return tokens.loss(
        surrogate.loss().mul(weight.stopGradient()),
        NDArrays.maximum(surrogate.clipped(), tokens.spread(dropped)));
  }

  /** (B, C) or (B, 1): what is left of the weight, in [0, 1]. */
  private static NDArray keptShare(SampledTokens tokens, WeightCap cap) {
    NDArray excess = cap.level().logRatio(tokens, tokens.logCentre()).sub(Math.log(cap.upper()));
    return switch (cap.action()) {
      case MASK -> excess.lte(0).toType(DataType.FLOAT32, false);
      case CLAMP -> excess.maximum(0).neg().exp();
    };
  }
}
