package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;
import dev.sponge.rl.objective.KlEstimator;

/**
 * Section {@code objective.kl}: KL-Convex, the mixture of the KL to the base and to the precedent
 * policy.
 */
public record KlConfig(
    KlEstimator estimator,
    double coefficient,
    boolean importanceWeight,
    Placement placement,
    Precedent precedent,
    LambdaConfig lambda) {

  /** Where the divergence enters; one coefficient, so it is never both. */
  public enum Placement {
    /** KL-Convex as a term of the loss. */
    LOSS,
    /** k1 to the base policy, subtracted from the reward of every token. */
    REWARD
  }

  /** Which weights are the moving anchor of step k. */
  public enum Precedent implements Choice {
    /** The policy one outer step before the current one. */
    PREVIOUS("k-1"),
    /** The policy at the start of this step. */
    CURRENT("k");

    private final String key;

    Precedent(String key) {
      this.key = key;
    }

    @Override
    public String key() {
      return key;
    }
  }

  public KlConfig {
    Check.range("objective.kl.coefficient", coefficient, 0, 1000);
    if (placement == Placement.REWARD && estimator != KlEstimator.K1) {
      throw new UserError(
          "objective.kl.placement = reward contradicts objective.kl.estimator = "
              + Choice.keyOf(estimator)
              + ": in the reward only k1 has the gradient of the KL; set it to k1.");
    }
  }

  KlConfig withLambda(LambdaConfig newLambda) {
    return new KlConfig(estimator, coefficient, importanceWeight, placement, precedent, newLambda);
  }
}
