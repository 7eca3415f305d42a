package dev.sponge.rl.training;

import dev.sponge.rl.tensor.ComputeDtype;

/**
 * How gradients are computed; but for rounding none of it changes a result.
 *
 * @param workers threads that compute gradients, each with gradient buffers of its own
 * @param dtype of the products
 * @param activationCheckpointing keep each layer's input alone and run the layer once more in the
 *     backward pass
 */
public record TrainerSettings(int workers, ComputeDtype dtype, boolean activationCheckpointing) {
  public TrainerSettings {
    if (workers < 1) {
      throw new IllegalArgumentException("workers is " + workers + ", must be at least 1");
    }
  }

  /** So many threads, float32, no activation checkpointing. */
  public static TrainerSettings of(int workers) {
    return new TrainerSettings(workers, ComputeDtype.FLOAT32, false);
  }
}
