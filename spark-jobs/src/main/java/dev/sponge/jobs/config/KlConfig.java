package dev.sponge.jobs.config;

import dev.sponge.rl.objective.KlEstimator;

/**
 * Section {@code objective.kl}: KL-Convex, the mixture of the KL to the base and to the precedent
 * policy.
 */
public record KlConfig(
    KlEstimator estimator,
    double coefficient,
    boolean importanceWeight,
    Precedent precedent,
    LambdaConfig lambda) {

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
  }

  KlConfig withLambda(LambdaConfig newLambda) {
    return new KlConfig(estimator, coefficient, importanceWeight, precedent, newLambda);
  }
}
