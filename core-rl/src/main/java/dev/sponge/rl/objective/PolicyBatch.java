package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Optional;

/**
 * One micro-batch of completion tokens; every array is (B, C). Only {@code logp}, {@code entropy}
 * and {@code vocabularyKl} carry gradient. All log-probs are taken at the temperature of the
 * sampler.
 *
 * @param logp log pi_theta of the sampled tokens
 * @param entropy entropy of pi_theta's next-token distribution, in nats
 * @param frozen log-probs under the other policies
 * @param advantages the advantage of each token
 * @param weights what each token's policy loss counts, 1 for all unless history is weighted
 * @param mask float, 1 for completion tokens, else 0
 * @param vocabularyKl present for {@link KlEstimator#FULL}
 */
public record PolicyBatch(
    NDArray logp,
    NDArray entropy,
    FrozenLogprobs frozen,
    NDArray advantages,
    NDArray weights,
    NDArray mask,
    Optional<VocabularyKl> vocabularyKl) {

  /** For an estimator that looks at the sampled tokens. */
  public PolicyBatch(
      NDArray logp,
      NDArray entropy,
      FrozenLogprobs frozen,
      NDArray advantages,
      NDArray weights,
      NDArray mask) {
    this(logp, entropy, frozen, advantages, weights, mask, Optional.empty());
  }

  public PolicyBatch {
    Shape shape = logp.getShape();
    if (shape.dimension() != 2) {
      throw new IllegalArgumentException("logp has shape " + shape + ", must be (B, C)");
    }
    // Broadcasting would hide a wrong shape: (B, 1) advantages times (B, C) is legal arithmetic.
    check("entropy", entropy, shape);
    frozen.byName().forEach((name, array) -> check(name, array, shape));
    check("advantages", advantages, shape);
    check("weights", weights, shape);
    check("mask", mask, shape);
    vocabularyKl.ifPresent(
        kl -> {
          check("vocabularyKl.base", kl.base(), shape);
          check("vocabularyKl.precedent", kl.precedent(), shape);
        });
  }

  private static void check(String name, NDArray array, Shape shape) {
    if (!array.getShape().equals(shape)) {
      throw new IllegalArgumentException(
          "%s has shape %s, must be %s as logp".formatted(name, array.getShape(), shape));
    }
  }
}
