package dev.sponge.jobs.plan;

import dev.sponge.jobs.config.CriticConfig;
import dev.sponge.jobs.plan.Workload.Sampling;
import dev.sponge.rl.generation.Generator;
import dev.sponge.rl.model.LoraSettings;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.model.Projection;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.DecoderKernels;
import dev.sponge.rl.tensor.LogitRows;

/**
 * Bytes of the tensors that the kernels hold for a model, weights and what belongs to tokens. What
 * lives for part of a kernel only is counted at its widest point.
 */
final class TensorSizes {
  private static final long F32 = Float.BYTES;

  /** Arrays of V float32 that a row needs while its log-probs, or their gradient, are computed. */
  private static final int LOGIT_COPIES = 3;

  /** The same while a token is drawn. */
  private static final int DRAW_COPIES = 5;

  /** Further ones, counted in float32, where the distribution is sorted to be cut off. */
  private static final int SORT_COPIES = 10;

  /** Float32 copies of the stream in the backward pass of a norm. */
  private static final int NORM_COPIES = 6;

  private final ModelConfig model;
  private final long c;
  private final boolean gpu;
  private final long width;
  private final long mixed;
  private final long keyValue;

  TensorSizes(ModelConfig model, ComputeDtype dtype, boolean gpu) {
    this.model = model;
    this.gpu = gpu;
    c = dtype.bytes();
    width = model.hiddenSize();
    mixed = (long) model.numAttentionHeads() * model.headDim();
    keyValue = (long) model.numKeyValueHeads() * model.headDim();
  }

  /** All parameters in float32. */
  long float32() {
    return F32 * model.numParameters();
  }

  /** All parameters in the compute dtype. */
  long compute() {
    return c * model.numParameters();
  }

  /** A decoder for generation and scoring. A tied head in a layout of its own is a copy. */
  long decoder() {
    return compute() + (copiedHead() ? c * embedding() : 0);
  }

  /** What a decoder is made from, alive beside it until it is complete. */
  long conversion() {
    return DecoderKernels.reordersMatrices(gpu, model.hiddenSize()) ? compute() : 0;
  }

  /** What a critic's optimiser changes, in float32: a value head, and a backbone of its own. */
  long criticParameters(CriticConfig.Backbone backbone) {
    long head = F32 * (width + 1);
    return switch (backbone) {
      case OWN -> head + F32 * criticBackbone();
      case SHARED -> head;
    };
  }

  /** All that a critic multiplies with. A shared backbone is a copy of the policy of the step. */
  long criticWeights(CriticConfig.Backbone backbone) {
    long own = criticParameters(backbone);
    return switch (backbone) {
      case OWN -> c == F32 ? own : own + c * criticBackbone();
      case SHARED -> own + compute();
    };
  }

  /** A critic predicts no tokens: an output matrix of its own is left out. */
  private long criticBackbone() {
    return model.numParameters() - (model.tieWordEmbeddings() ? 0 : embedding());
  }

  private boolean copiedHead() {
    return model.tieWordEmbeddings() && DecoderKernels.reordersMatrices(gpu, model.hiddenSize());
  }

  private long embedding() {
    return (long) model.vocabSize() * width;
  }

  /** The factors of an adapter in float32. */
  long factors(LoraSettings lora) {
    long numbers = 0;
    for (Projection target : lora.targets()) {
      numbers += (long) lora.rank() * (target.in(model) + target.out(model));
    }
    return F32 * numbers * model.numHiddenLayers();
  }

  /** What a forward pass keeps of a layer beside its input, for one token of sequences of T. */
  private long saved(int length) {
    long qkv = mixed + 2 * keyValue;
    long softmax =
        gpu ? c * (long) model.numAttentionHeads() * length : F32 * model.numAttentionHeads();
    return c * (qkv + mixed + width + 2L * model.intermediateSize()) + softmax;
  }

  /** A layer at work, for one token: what it saves, its input and output, the gate's products. */
  private long forward(int length) {
    return saved(length) + c * (2 * width + 2L * model.intermediateSize());
  }

  private long backward() {
    long gate = c * 5L * model.intermediateSize();
    long attention = c * (2 * (mixed + 2 * keyValue) + 7 * mixed);
    long norm = F32 * NORM_COPIES * width;
    return c * 3 * width + Math.max(gate, Math.max(attention, norm));
  }

  /**
   * Forward and backward pass.
   *
   * @param length T
   */
  long training(long tokens, int length, boolean checkpointing) {
    long layers = model.numHiddenLayers();
    long input = c * width;
    long kept =
        checkpointing
            ? (layers + 1) * input + saved(length)
            : layers * (input + saved(length)) + input;
    return tokens * (kept + backward());
  }

  /** Forward pass that keeps nothing. */
  long scoring(long tokens, int length) {
    return tokens * forward(length);
  }

  /** Logits of the tokens that so many threads have alive at once. */
  long logits(long tokens, long threads) {
    long rows = Math.min(tokens, threads * LogitRows.of(model.vocabSize()).atOnce());
    return rows * model.vocabSize() * F32 * LOGIT_COPIES;
  }

  /**
   * Logits of a training pass: the log-probs of all targets where they are kept for the backward
   * pass, and the rows at work.
   */
  long trainedLogits(long tokens, long threads, boolean checkpointing) {
    boolean kept = !checkpointing && tokens <= threads * LogitRows.of(model.vocabSize()).kept();
    return kept
        ? tokens * model.vocabSize() * F32 + logits(tokens, threads) / 2
        : logits(tokens, threads);
  }

  /**
   * Log-probs over the vocabulary under so many anchors, and the gradient of the divergences from
   * them for the rows at work.
   */
  long anchoredLogits(long tokens, long threads, int anchors) {
    return anchors == 0 ? 0 : anchors * tokens * model.vocabSize() * F32 + logits(tokens, threads);
  }

  /** The gradient of the head on its way into a float32 buffer. */
  long headGradient() {
    return c == F32 ? 0 : (c + F32) * embedding();
  }

  /** Keys and values of all rows, while the cache grows for the last time. */
  long cache(Sampling sampling) {
    int step = Generator.POSITION_STEP;
    long last = sampling.promptTokens() + sampling.newTokens() + Generator.CHUNK - 1L;
    long positions = (last + step - 1) / step * step;
    long both = positions == step ? positions : 2 * positions - step;
    return rows(sampling) * both * cachedPerToken();
  }

  private long cachedPerToken() {
    return c * 2 * keyValue * model.numHiddenLayers();
  }

  private static long rows(Sampling sampling) {
    int multiple = Generator.ROW_MULTIPLE;
    return (sampling.rows() + multiple - 1L) / multiple * multiple;
  }

  /** Prompts that are run at a time: their keys, values and logits, and one layer at work. */
  long prefill(Sampling sampling) {
    int length = sampling.promptTokens();
    long prompts = Math.min(sampling.prompts(), Generator.PREFIX_PROMPTS);
    long tokens = Math.min(prompts * length, Math.max(Generator.PREFIX_TOKENS, length));
    long logits = prompts * model.vocabSize() * (F32 + c);
    return tokens * (cachedPerToken() + forward(length)) + logits;
  }

  /** The distributions that tokens are drawn from. */
  long draws(Sampling sampling) {
    int copies = DRAW_COPIES + (sampling.truncates() ? SORT_COPIES : 0);
    return rows(sampling) * model.vocabSize() * F32 * copies;
  }
}
