package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;

/**
 * Section {@code model}: the policy, either a Hugging Face model directory ({@code dir}) or the
 * sizes of a fresh one.
 */
public record PolicyConfig(
    String dir,
    int hiddenSize,
    int layers,
    int heads,
    int kvHeads,
    int intermediateSize,
    int maxPositions,
    boolean tieEmbeddings,
    boolean attentionBias,
    double embeddingStd,
    double linearStd,
    double ropeTheta) {

  public PolicyConfig {
    Check.range("model.hidden_size", hiddenSize, 2, 16_384);
    Check.range("model.layers", layers, 1, 256);
    Check.range("model.heads", heads, 1, 256);
    Check.range("model.kv_heads", kvHeads, 1, 256);
    Check.range("model.intermediate_size", intermediateSize, 1, 131_072);
    Check.range("model.max_positions", maxPositions, 2, 1_048_576);
    Check.above("model.embedding_std", embeddingStd, 0, 10);
    Check.above("model.rope_theta", ropeTheta, 1, 1e12);
    Check.above("model.linear_std", linearStd, 0, 10);
    if (hiddenSize % heads != 0 || hiddenSize / heads % 2 != 0) {
      throw new UserError(
          "model.hidden_size = "
              + hiddenSize
              + " does not fit model.heads = "
              + heads
              + ": rotary positions need an even head size, so hidden_size must be a multiple of 2 *"
              + " heads.");
    }
    if (heads % kvHeads != 0) {
      throw new UserError(
          "model.heads = "
              + heads
              + " does not fit model.kv_heads = "
              + kvHeads
              + ": each key/value head serves the same number of heads, so heads must be a multiple"
              + " of kv_heads.");
    }
  }

  /** Whether the policy starts from the bootstrap instead of a model directory. */
  public boolean isFresh() {
    return dir.isEmpty();
  }
}
