package dev.sponge.rl.tensor;

/**
 * What the decoder kernels need to know of a model beside its weights: every difference between the
 * architectures.
 *
 * @param layers L
 * @param width E, of the residual stream
 * @param heads H, query heads
 * @param kvHeads K, key/value heads; divides H
 * @param headDim D
 * @param traits which parameters there are
 * @param rope rotary positions
 * @param windows sliding window of every layer in positions, 0 for full attention; all others equal
 * @param rmsNormEps epsilon of the norms
 */
public record DecoderShape(
    int layers,
    int width,
    int heads,
    int kvHeads,
    int headDim,
    Traits traits,
    Rope rope,
    long[] windows,
    double rmsNormEps) {

  /**
   * @param attentionBias q, k and v projections have a bias
   * @param outputBias the projection behind attention has a bias
   * @param qkNorm q and k are normed head by head (Qwen3)
   * @param tiedEmbeddings the head is the embedding
   */
  public record Traits(
      boolean attentionBias, boolean outputBias, boolean qkNorm, boolean tiedEmbeddings) {}

  /**
   * @param inverseFrequencies (D/2) radians per position
   * @param factor of cos and sin
   */
  public record Rope(float[] inverseFrequencies, double factor) {}

  long[] traitsOf() {
    return new long[] {
      layers,
      traits.attentionBias() ? 1 : 0,
      traits.outputBias() ? 1 : 0,
      traits.qkNorm() ? 1 : 0,
      traits.tiedEmbeddings() ? 1 : 0
    };
  }

  long[] sizes(ComputeDtype dtype, boolean oneDnn, boolean fusedAttention) {
    return new long[] {
      layers, heads, kvHeads, headDim, dtype.scalarType(), oneDnn ? 1 : 0, fusedAttention ? 1 : 0
    };
  }

  double[] constants() {
    return new double[] {rmsNormEps, rope.factor()};
  }

  /** Rows of the query and of the key projection. */
  long[] projectionWidths() {
    return new long[] {(long) heads * headDim, (long) kvHeads * headDim};
  }
}
