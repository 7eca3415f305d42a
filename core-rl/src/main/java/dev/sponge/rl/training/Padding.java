package dev.sponge.rl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.Function;

/** Numbers of the tokens of each response as rows of one array. */
final class Padding {
  private Padding() {}

  /**
   * @param shape (B, C), C at least the longest response
   * @param field as many numbers as the response has tokens
   * @return (B, C) float, 0 behind a response
   */
  static <S> NDArray rows(
      NDManager scratch, Shape shape, List<S> part, Function<S, float[]> field) {
    int c = (int) shape.get(1);
    FloatBuffer values = FloatBuffer.allocate((int) shape.size());
    for (int row = 0; row < part.size(); row++) {
      values.position(row * c).put(field.apply(part.get(row)));
    }
    return scratch.create(values.rewind(), shape);
  }
}
