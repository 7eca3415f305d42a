package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;

/**
 * Numbers that enter a product or quotient with a gradient.
 *
 * <p>{@code NDArray.mul(Number)} frees the number's memory, a Java buffer, when it returns, while
 * autograd still needs it for the backward pass: a garbage collection in between would change the
 * gradient. Numbers made here live as long as the manager of the array they belong to.
 */
final class Constants {
  private Constants() {}

  /** A scalar that {@code array} may be multiplied with or divided by. */
  static NDArray of(NDArray array, Number value) {
    return array.getManager().create(value);
  }

  /** array * value, safe under autograd. */
  static NDArray times(NDArray array, Number value) {
    return array.mul(of(array, value));
  }

  /** array / value, safe under autograd. */
  static NDArray over(NDArray array, Number value) {
    return array.div(of(array, value));
  }
}
