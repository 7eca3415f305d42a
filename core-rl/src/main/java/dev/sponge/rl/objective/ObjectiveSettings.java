package dev.sponge.rl.objective;

import dev.sponge.rl.UserError;
import java.util.OptionalDouble;

/**
 * Everything the objective needs besides the batch.
 *
 * @param clip the band of the ratio
 * @param klCoefficient beta, weight of the KL-Convex term, 0 or more
 * @param entropyCoefficient c_H, weight of the entropy bonus, 0 or more
 * @param klEstimator how one token estimates a KL divergence
 * @param klImportanceWeight whether KL tokens are weighted by pi_theta/mu
 * @param lambda lambda(t) of this step, in [0, 1]
 * @param aggregation how token losses become one number
 * @param lengthNorm constant length of {@link LossAggregation#SEQ_MEAN_TOKEN_SUM_NORM}, in tokens
 * @param dualClip extension: bound on the loss of tokens with A &lt; 0, in units of pi_k/mu; above
 *     1
 * @param weightCap extension: largest weight pi_k/mu of a token; above 0
 */
public record ObjectiveSettings(
    ClipRange clip,
    double klCoefficient,
    double entropyCoefficient,
    KlEstimator klEstimator,
    boolean klImportanceWeight,
    double lambda,
    LossAggregation aggregation,
    long lengthNorm,
    OptionalDouble dualClip,
    OptionalDouble weightCap) {

  public ObjectiveSettings {
    require(klCoefficient >= 0, "objective.kl.coefficient", klCoefficient, "0 or more");
    require(
        entropyCoefficient >= 0, "objective.entropy_coefficient", entropyCoefficient, "0 or more");
    require(lambda >= 0 && lambda <= 1, "objective.kl.lambda", lambda, "between 0 and 1");
    require(lengthNorm >= 1, "objective.length_norm", lengthNorm, "at least 1");
    dualClip.ifPresent(v -> require(v > 1, "objective.dual_clip", v, "above 1, or 0 for off"));
    weightCap.ifPresent(v -> require(v > 0, "objective.weight_cap", v, "above 0, or 0 for off"));
  }

  /** The paper's objective without extensions. */
  public ObjectiveSettings(
      ClipRange clip,
      double klCoefficient,
      double entropyCoefficient,
      KlEstimator klEstimator,
      boolean klImportanceWeight,
      double lambda,
      LossAggregation aggregation,
      long lengthNorm) {
    this(
        clip,
        klCoefficient,
        entropyCoefficient,
        klEstimator,
        klImportanceWeight,
        lambda,
        aggregation,
        lengthNorm,
        OptionalDouble.empty(),
        OptionalDouble.empty());
  }

  /** The same settings at another lambda(t). */
  public ObjectiveSettings withLambda(double newLambda) {
    return new ObjectiveSettings(
        clip,
        klCoefficient,
        entropyCoefficient,
        klEstimator,
        klImportanceWeight,
        newLambda,
        aggregation,
        lengthNorm,
        dualClip,
        weightCap);
  }

  /** The part that concerns the KL-Convex term. */
  public KlSettings kl() {
    return new KlSettings(klEstimator, lambda, klImportanceWeight);
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

  private static void require(boolean holds, String key, Number value, String range) {
    if (!holds || Double.isInfinite(value.doubleValue())) {
      throw new UserError(key + " is " + value + ", must be " + range);
    }
  }
}
