package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;

/**
 * What every policy loss starts from: the batch with garbage taken out of masked positions and the
 * gradient out of everything but {@code logp}.
 */
final class SampledTokens {
  private static final int[] TOKEN_AXIS = {1};

  private final TokenMask mask;
  private final NDArray lengths; // (B, 1)
  private final NDArray logp; // (B, C)
  private final NDArray advantages; // (B, C)
  private final NDArray logRatio; // (B, C)
  private final NDArray logCentre; // (B, C)

  SampledTokens(PolicyBatch batch) {
    FrozenLogprobs frozen = batch.frozen();
    NDArray mu = frozen.mu().stopGradient();
    this.mask = new TokenMask(batch.mask());
    // A row without tokens has sums of 0; length 1 keeps its means at 0.
    this.lengths = batch.mask().sum(TOKEN_AXIS, true).maximum(1);
    this.logp = mask.keep(batch.logp());
    this.advantages = mask.keep(batch.advantages().stopGradient());
    this.logRatio = mask.keep(batch.logp().sub(mu));
    this.logCentre = mask.keep(frozen.current().stopGradient().sub(mu));
  }

  /** (B, C) log pi_theta, with gradient, 0 where masked. */
  NDArray logp() {
    return logp;
  }

  /** (B, C), detached, 0 where masked. */
  NDArray advantages() {
    return advantages;
  }

  /** (B, C) log pi_theta/mu, with gradient, 0 where masked. */
  NDArray logRatio() {
    return logRatio;
  }

  /** (B, C) log pi_k/mu, detached, 0 where masked. */
  NDArray logCentre() {
    return logCentre;
  }

  /** (B, 1) the advantage of the sequence: the mean of its tokens', which are usually all equal. */
  NDArray sequenceAdvantages() {
    return mean(advantages);
  }

  /** (B, C): any values, 0 where masked. */
  NDArray keep(NDArray values) {
    return mask.keep(values);
  }

  /** (B, 1) sum over the tokens of (B, C) values that hold 0 where masked. */
  NDArray sum(NDArray values) {
    return values.sum(TOKEN_AXIS, true);
  }

  /** (B, 1) mean over the tokens of (B, C) values that hold 0 where masked. */
  NDArray mean(NDArray values) {
    return sum(values).div(lengths);
  }

  /** (B, C): the values (B, C) or (B, 1), one for each token of its row, 0 where masked. */
  NDArray spread(NDArray values) {
    return mask.keep(values.add(logCentre.zerosLike()));
  }

  /**
   * The loss with the ratios that the metrics read.
   *
   * @param loss (B, C) or (B, 1)
   * @param clipped (B, C) or (B, 1), 1 where no gradient is left
   */
  TokenLoss loss(NDArray loss, NDArray clipped) {
    return new TokenLoss(
        spread(loss), logRatio.stopGradient().exp(), logCentre, spread(clipped).stopGradient());
  }

  /** The loss of a method that never takes a token's gradient. */
  TokenLoss loss(NDArray loss) {
    return loss(loss, logCentre.zerosLike());
  }
}
