package dev.sponge.rl.objective;

import java.util.OptionalDouble;

/** Which surrogate is minimised, with its constants. */
public sealed interface PolicyLoss
    permits PolicyLoss.MixPpgLoss,
        PpoClipLoss,
        GePpoLoss,
        DecoupledPpoLoss,
        GspoLoss,
        CispoLoss,
        ToprLoss,
        AsymReLoss,
        BapoLoss,
        ProximalRlooLoss,
        OnlineDpoLoss {

  /**
   * The loss per token.
   *
   * @param batch {@code entropy} and {@code weights} are not read
   */
  TokenLoss loss(PolicyBatch batch);

  /** What the loss is a sum over. */
  LossLevel level();

  /**
   * {@link MixPpg}.
   *
   * @param dualClip extension: bound on the loss of tokens with A &lt; 0, in units of pi_k/mu;
   *     above 1
   * @param weightCap extension: largest weight pi_k/mu of a token; above 0
   */
  record MixPpgLoss(ClipRange clip, OptionalDouble dualClip, OptionalDouble weightCap)
      implements PolicyLoss {
    public MixPpgLoss {
      dualClip.ifPresent(
          v -> Settings.require(v > 1, "objective.dual_clip", v, "above 1, or 0 for off"));
      weightCap.ifPresent(
          v -> Settings.require(v > 0, "objective.weight_cap", v, "above 0, or 0 for off"));
    }

    /** The paper's loss without extensions. */
    public MixPpgLoss(ClipRange clip) {
      this(clip, OptionalDouble.empty(), OptionalDouble.empty());
    }

    @Override
    public LossLevel level() {
      return LossLevel.TOKEN;
    }

    @Override
    public TokenLoss loss(PolicyBatch batch) {
      FrozenLogprobs frozen = batch.frozen();
      TokenLoss loss =
          MixPpg.loss(
              batch.logp(), frozen.mu(), frozen.current(), batch.advantages(), batch.mask(), clip);
      if (dualClip.isPresent()) {
        double cap = dualClip.getAsDouble();
        loss = MixPpgExtensions.dualClip(loss, batch.advantages(), batch.mask(), cap);
      }
      if (weightCap.isPresent()) {
        loss = MixPpgExtensions.capWeight(loss, weightCap.getAsDouble());
      }
      return loss;
    }
  }
}
