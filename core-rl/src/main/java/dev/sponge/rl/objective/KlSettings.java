package dev.sponge.rl.objective;

import dev.sponge.rl.UserError;

/**
 * The shape of the KL-Convex term.
 *
 * @param estimator how one token estimates KL(pi || anchor)
 * @param lambda weight of the base anchor in [0, 1]; the precedent policy gets the rest
 * @param importanceWeight whether every token is weighted by pi_theta/mu, without which the
 *     gradient on tokens of another policy is wrong
 */
public record KlSettings(KlEstimator estimator, double lambda, boolean importanceWeight) {
  public KlSettings {
    if (!(lambda >= 0 && lambda <= 1)) {
      throw new UserError(
          "lambda of the KL term is "
              + lambda
              + ", must lie between 0 and 1 (objective.kl.lambda)");
    }
  }
}
