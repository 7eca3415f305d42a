package dev.sponge.rl.objective;

/**
 * GePPO (arXiv 2111.00072): {@link MixPpg} with the narrower band eps_G = {@link
 * GePpoWeights#epsilon}. The weight w_i of a token's age is no part of the loss: it comes in
 * through {@link PolicyBatch#weights}, filled from {@link GePpoWeights#ofHistory}. A batch already
 * composed in proportion to nu must have weights 1, or history counts twice.
 *
 * @param clip half-widths eps_G around pi_k/mu
 */
public record GePpoLoss(ClipRange clip) implements PolicyLoss {

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
