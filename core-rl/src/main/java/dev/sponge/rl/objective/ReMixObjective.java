package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;

/**
 * The ReMix objective (arXiv 2507.06892): policy loss, Mix-PPG in the paper, - c_H * entropy + beta
 * * KL-Convex. After the reincarnation the caller passes logpMu = logpCurrent and the new base.
 *
 * <p>Deviation 1: the paper prints the entropy term with a plus sign inside a minimised loss, which
 * would lower entropy, and calls it a bonus; here it is subtracted.
 */
public final class ReMixObjective {
  private ReMixObjective() {}

  /**
   * The loss whose minimisation maximises the objective, and what the metrics read.
   *
   * @param batch one micro-batch
   * @param settings the objective at this step
   * @param totals denominators of the whole minibatch, see {@link ObjectiveSettings#totals}
   */
  public static LossResult loss(PolicyBatch batch, ObjectiveSettings settings, BatchTotals totals) {
    if (totals.lengthNorm() != settings.lengthNorm()) {
      throw new IllegalArgumentException(
          "length norm is %d in the totals and %d in the settings"
              .formatted(totals.lengthNorm(), settings.lengthNorm()));
    }
    TokenLoss policy = settings.policyLoss().loss(batch);
    KlLoss kl = kl(batch, policy.ratio(), settings.kl());
    // Aggregation is linear: the terms are added per token and aggregated once. A term with weight
    // zero stays out, so that its value cannot matter.
    NDArray tokens = policy.loss().mul(batch.weights());
    if (settings.truncatedImportance().isPresent()) {
      tokens = tokens.mul(settings.truncatedImportance().get().weights(batch));
    }
    if (settings.entropyCoefficient() > 0) {
      tokens = tokens.sub(Constants.times(batch.entropy(), settings.entropyCoefficient()));
    }
    if (settings.kl().coefficient() > 0) {
      tokens = tokens.add(Constants.times(kl.loss(), settings.kl().coefficient()));
    }
    NDArray loss = settings.aggregation().aggregate(tokens, batch.mask(), totals);
    TokenStats stats =
        new TokenStats(
            policy.loss().stopGradient(),
            policy.ratio(),
            policy.logCentre(),
            policy.clipped(),
            kl.klBase(),
            kl.klPrecedent(),
            batch.entropy().stopGradient(),
            batch.mask());
    return new LossResult(loss, stats);
  }

  private static KlLoss kl(PolicyBatch batch, NDArray ratio, KlSettings settings) {
    return switch (settings.estimator()) {
      case K1, K2, K3, K3_PLUS ->
          KlConvex.loss(
              batch.logp(),
              batch.frozen().base(),
              batch.frozen().precedent(),
              ratio,
              batch.mask(),
              settings);
      case FULL ->
          KlConvex.exact(batch.vocabularyKl().orElseThrow(), batch.mask(), settings.lambda());
    };
  }
}
