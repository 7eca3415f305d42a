package dev.sponge.rl.tensor;

/**
 * What the decoder kernels need to know of a model beside its weights.
 *
 * @param layers L
 * @param heads H, query heads
 * @param kvHeads K, key/value heads; divides H
 * @param headDim D
 * @param attentionBias whether q, k and v have a bias
 * @param tiedEmbeddings whether the head is the embedding
 * @param rmsNormEps epsilon of the norms
 */
public record DecoderShape(
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    boolean attentionBias,
    boolean tiedEmbeddings,
    double rmsNormEps) {

  long[] toKernel() {
    return new long[] {
      layers, heads, kvHeads, headDim, attentionBias ? 1 : 0, tiedEmbeddings ? 1 : 0
    };
  }
}
