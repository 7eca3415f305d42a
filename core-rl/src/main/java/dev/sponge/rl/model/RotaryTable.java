package dev.sponge.rl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.function.DoubleUnaryOperator;

/** Rotary position tables (Su et al., 2021) in the half-split layout of Hugging Face models. */
final class RotaryTable {
  private RotaryTable() {}

  /** cos(position * theta^(-2i/D)), (S, D) float32 with S = max_position_embeddings. */
  static NDArray cos(ModelConfig config, NDManager manager) {
    return table(config, manager, Math::cos);
  }

  /** sin(position * theta^(-2i/D)), (S, D) float32. */
  static NDArray sin(ModelConfig config, NDManager manager) {
    return table(config, manager, Math::sin);
  }

  private static NDArray table(
      ModelConfig config, NDManager manager, DoubleUnaryOperator function) {
    int positions = config.maxPositionEmbeddings();
    int d = config.headDim();
    int half = d / 2;
    FloatBuffer values = FloatBuffer.allocate(positions * d);
    for (int position = 0; position < positions; position++) {
      for (int i = 0; i < d; i++) {
        double frequency = Math.pow(config.ropeTheta(), -2.0 * (i % half) / d);
        values.put((float) function.applyAsDouble(position * frequency));
      }
    }
    return manager.create(values.flip(), new Shape(positions, d));
  }
}
