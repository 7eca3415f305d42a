package dev.sponge.rl.objective;

import dev.sponge.rl.UserError;
import java.util.Optional;

/**
 * Everything the objective needs besides the batch.
 *
 * @param policyLoss the surrogate
 * @param kl the KL-Convex term at this step
 * @param entropyCoefficient c_H, weight of the entropy bonus, 0 or more
 * @param aggregation how token losses become one number
 * @param lengthNorm constant length of {@link LossAggregation#SEQ_MEAN_TOKEN_SUM_NORM}, in tokens
 * @param truncatedImportance weight between trainer and sampler on the policy loss
 */
public record ObjectiveSettings(
    PolicyLoss policyLoss,
    KlSettings kl,
    double entropyCoefficient,
    LossAggregation aggregation,
    long lengthNorm,
    Optional<TruncatedImportance> truncatedImportance) {

  public ObjectiveSettings {
    Settings.require(
        entropyCoefficient >= 0, "objective.entropy_coefficient", entropyCoefficient, "0 or more");
    Settings.require(lengthNorm >= 1, "objective.length_norm", lengthNorm, "at least 1");
    if (truncatedImportance.isPresent() && policyLoss.level() == LossLevel.PAIR) {
      throw new UserError(
          "objective.truncated_importance.cap is "
              + truncatedImportance.get().cap()
              + ", but a loss over pairs has no importance ratio to correct; set it to 0 for off");
    }
  }

  /** Without truncated importance sampling. */
  public ObjectiveSettings(
      PolicyLoss policyLoss,
      KlSettings kl,
      double entropyCoefficient,
      LossAggregation aggregation,
      long lengthNorm) {
    this(policyLoss, kl, entropyCoefficient, aggregation, lengthNorm, Optional.empty());
  }

  /** The same with another surrogate. */
  public ObjectiveSettings with(PolicyLoss other) {
    return new ObjectiveSettings(
        other, kl, entropyCoefficient, aggregation, lengthNorm, truncatedImportance);
  }

  /**
   * The denominators of a minibatch under these settings.
   *
   * @param tokens completion tokens of the whole minibatch
   * @param sequences sequences of the whole minibatch
   */
  public BatchTotals totals(long tokens, long sequences) {
    return new BatchTotals(tokens, sequences, lengthNorm);
  }
}
