package dev.sponge.rl.objective;

import java.util.Optional;

/**
 * GePPO (arXiv 2111.00072): {@link MixPpg} with the narrower band eps_G = {@link
 * GePpoWeights#epsilon}. The weight w_i of a token's age is no part of the loss: it comes in
 * through {@link PolicyBatch#weights}, filled from {@link GePpoWeights#ofHistory}. A batch already
 * composed in proportion to nu must have weights 1, or history counts twice.
 *
 * @param clip half-widths eps_G around pi_k/mu
 * @param learningRate how the learning rate follows the total variation of a step, where it does
 */
public record GePpoLoss(ClipRange clip, Optional<TvLearningRate> learningRate)
    implements PolicyLoss {
  /** With a learning rate that follows nothing. */
  public GePpoLoss(ClipRange clip) {
    this(clip, Optional.empty());
  }

  /** eps_G; of a lopsided band the mean of its halves. */
  public double epsilon() {
    return ((double) clip.low() + clip.high()) / 2;
  }

  @Override
  public LossLevel level() {
    return LossLevel.TOKEN;
  }

  @Override
  public TokenLoss loss(PolicyBatch batch) {
    FrozenLogprobs frozen = batch.frozen();
    return MixPpg.loss(
        batch.logp(), frozen.mu(), frozen.current(), batch.advantages(), batch.mask(), clip);
  }
}
