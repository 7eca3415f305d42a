package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;

/**
 * Estimators of KL(pi || ref) from one sampled token, delta = log pi - log ref (Schulman,
 * joschu.net/blog/kl-approx; gradients: arXiv 2510.01555).
 */
public enum KlEstimator {
  /**
   * delta: unbiased value, may be negative. As a loss without importance weight its expected
   * gradient is zero.
   */
  K1,
  /** delta^2/2: never negative, expected gradient is that of KL(pi || ref). */
  K2,
  /**
   * exp(-delta) - 1 + delta: unbiased value, never negative. As a loss without importance weight
   * its expected gradient is that of KL(ref || pi).
   */
  K3,
  /** The value of {@link #K3} with the gradient of {@link #K2}: both are right. */
  K3_PLUS,
  /**
   * No estimate: the sum over the whole vocabulary, which no sampled token and no importance weight
   * enters. Value and gradient are exact in every state; see {@link VocabularyKl}.
   */
  FULL;

  /**
   * Estimates KL(pi || ref) per token.
   *
   * @param delta (B, C) log pi - log ref
   * @return (B, C), with the gradient of {@code delta}
   */
  public NDArray estimate(NDArray delta) {
    return switch (this) {
      case K1 -> delta;
      case K2 -> Constants.times(delta.square(), 0.5f);
      case K3 -> delta.neg().exp().sub(1).add(delta);
      case K3_PLUS -> {
        NDArray gradient = K2.estimate(delta);
        NDArray value = K3.estimate(delta.stopGradient());
        yield gradient.sub(gradient.stopGradient()).add(value);
      }
      case FULL -> throw new IllegalStateException("FULL looks at the whole vocabulary");
    };
  }

  /**
   * Whether the importance weight must carry gradient for the weighted estimator to have the
   * gradient of KL(pi || ref): k1 and k3 need it, k2's gradient is exact with a constant weight.
   */
  boolean needsDifferentiableWeight() {
    return switch (this) {
      case K1, K3 -> true;
      case K2, K3_PLUS, FULL -> false;
    };
  }
}
