package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;

/**
 * KL-Convex (arXiv 2507.06892): lambda KL(pi_theta || base) + (1 - lambda) KL(pi_theta ||
 * precedent) over the states of the batch. The paper does not name an estimator; see {@link
 * KlEstimator}.
 */
public final class KlConvex {
  private KlConvex() {}

  /**
   * The weighted sum of both divergences, per token.
   *
   * @param logp (B, C) log pi_theta of the sampled tokens, the only input with gradient
   * @param logpBase (B, C) under the base policy
   * @param logpPrecedent (B, C) under the precedent policy
   * @param ratioWeight (B, C) pi_theta/mu; read only with importance weighting
   * @param mask (B, C) float, 1 for completion tokens, else 0
   */
  public static KlLoss loss(
      NDArray logp,
      NDArray logpBase,
      NDArray logpPrecedent,
      NDArray ratioWeight,
      NDArray mask,
      KlSettings settings) {
    TokenMask tokens = new TokenMask(mask);
    NDArray base = estimate(tokens, logp, logpBase, settings);
    NDArray precedent = estimate(tokens, logp, logpPrecedent, settings);
    if (settings.importanceWeight()) {
      NDArray weight = weight(tokens, logp, ratioWeight, settings);
      base = base.mul(weight);
      precedent = precedent.mul(weight);
    }
    return mixed(base, precedent, settings.lambda());
  }

  /**
   * The same without an estimate. An importance weight would correct the choice of the sampled
   * token, which does not enter.
   *
   * @param mask (B, C) float, 1 for completion tokens, else 0
   * @param lambda weight of the base policy
   */
  public static KlLoss exact(VocabularyKl kl, NDArray mask, double lambda) {
    TokenMask tokens = new TokenMask(mask);
    return mixed(tokens.keep(kl.base()), tokens.keep(kl.precedent()), lambda);
  }

  private static KlLoss mixed(NDArray base, NDArray precedent, double lambda) {
    NDArray loss = Constants.times(base, lambda).add(Constants.times(precedent, 1 - lambda));
    return new KlLoss(loss, base.stopGradient(), precedent.stopGradient());
  }

  private static NDArray estimate(
      TokenMask tokens, NDArray logp, NDArray logpAnchor, KlSettings settings) {
    return settings.estimator().estimate(tokens.keep(logp.sub(logpAnchor.stopGradient())));
  }

  private static NDArray weight(
      TokenMask tokens, NDArray logp, NDArray ratioWeight, KlSettings settings) {
    NDArray weight = tokens.keep(ratioWeight.stopGradient());
    if (!settings.estimator().needsDifferentiableWeight()) {
      return weight;
    }
    // Value 1 and gradient d log pi: turns the constant ratio into one that carries its gradient.
    return weight.mul(tokens.keep(logp.sub(logp.stopGradient())).exp());
  }
}
