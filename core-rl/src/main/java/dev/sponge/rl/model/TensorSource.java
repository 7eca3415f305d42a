package dev.sponge.rl.model;

import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.function.Supplier;

/**
 * A tensor that is made when its turn to be written comes, so that a model larger than the memory
 * can be written.
 *
 * @param name Hugging Face name
 * @param values gives as many float32 as the shape holds, row-major, from its position to its
 *     limit; called once
 */
public record TensorSource(String name, Shape shape, Supplier<FloatBuffer> values) {
  /**
   * The values.
   *
   * @throws IllegalArgumentException when they are not as many as the shape holds
   */
  FloatBuffer checkedValues() {
    FloatBuffer made = values.get();
    if (shape.size() != made.remaining()) {
      throw new IllegalArgumentException(
          "tensor " + name + " has shape " + shape + " and " + made.remaining() + " values");
    }
    return made;
  }
}
