package dev.sponge.rl.model;

import dev.sponge.rl.UserError;

/**
 * Standard deviations of fresh Gaussian weights.
 *
 * @param embedding of the embedding, which is the output layer too when they are tied
 * @param linear of all other matrices, an untied output layer included; a narrow policy learns fast
 *     with 1 / sqrt(hidden_size), which keeps the variance of activations over a layer (LeCun et
 *     al. 1998, "Efficient BackProp", section 4.6)
 */
public record InitialStd(float embedding, float linear) {
  /** {@code initializer_range} of Qwen2 for both. */
  public static final InitialStd QWEN2 = new InitialStd(0.02f, 0.02f);

  public InitialStd {
    check("model.embedding_std", embedding);
    check("model.linear_std", linear);
  }

  private static void check(String key, float value) {
    if (!(value > 0 && Float.isFinite(value))) {
      throw new UserError(key + " is " + value + ", must be a finite number above 0");
    }
  }

  /** The one for a matrix of {@link ModelConfig#parameterShapes}. */
  float of(String name) {
    return name.equals(ModelConfig.EMBEDDING) ? embedding : linear;
  }
}
