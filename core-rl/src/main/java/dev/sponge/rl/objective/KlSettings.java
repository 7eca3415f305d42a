package dev.sponge.rl.objective;

/**
 * The KL-Convex term.
 *
 * @param coefficient beta, weight of the term, 0 or more
 * @param estimator how one token estimates KL(pi || anchor)
 * @param lambda lambda(t) of this step: weight of the base anchor in [0, 1]; the precedent policy
 *     gets the rest
 * @param importanceWeight whether every token is weighted by pi_theta/mu, without which the
 *     gradient on tokens of another policy is wrong
 */
public record KlSettings(
    double coefficient, KlEstimator estimator, double lambda, boolean importanceWeight) {
  public KlSettings {
    Settings.require(coefficient >= 0, "objective.kl.coefficient", coefficient, "0 or more");
    Settings.require(lambda >= 0 && lambda <= 1, "objective.kl.lambda", lambda, "between 0 and 1");
  }
}
