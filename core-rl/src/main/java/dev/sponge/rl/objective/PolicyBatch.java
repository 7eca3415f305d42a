package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * One micro-batch of completion tokens; every array is (B, C). Only {@code logp} and {@code
 * entropy} carry gradient. All log-probs are taken at the temperature of the sampler.
 *
 * @param logp log pi_theta of the sampled tokens
 * @param entropy entropy of pi_theta's next-token distribution, in nats
 * @param logpMu log-probs under the behaviour policy mu
 * @param logpCurrent log pi_k, frozen over the passes of the step
 * @param logpBase log-probs under the base policy
 * @param logpPrecedent log-probs under the precedent policy
 * @param advantages the advantage of each token
 * @param mask float, 1 for completion tokens, else 0
 */
public record PolicyBatch(
    NDArray logp,
    NDArray entropy,
    NDArray logpMu,
    NDArray logpCurrent,
    NDArray logpBase,
    NDArray logpPrecedent,
    NDArray advantages,
    NDArray mask) {

  public PolicyBatch {
    Shape shape = logp.getShape();
    if (shape.dimension() != 2) {
      throw new IllegalArgumentException("logp has shape " + shape + ", must be (B, C)");
    }
    // Broadcasting would hide a wrong shape: (B, 1) advantages times (B, C) is legal arithmetic.
    check("entropy", entropy, shape);
    check("logpMu", logpMu, shape);
    check("logpCurrent", logpCurrent, shape);
    check("logpBase", logpBase, shape);
    check("logpPrecedent", logpPrecedent, shape);
    check("advantages", advantages, shape);
    check("mask", mask, shape);
  }

  private static void check(String name, NDArray array, Shape shape) {
    if (!array.getShape().equals(shape)) {
      throw new IllegalArgumentException(
          "%s has shape %s, must be %s as logp".formatted(name, array.getShape(), shape));
    }
  }
}
