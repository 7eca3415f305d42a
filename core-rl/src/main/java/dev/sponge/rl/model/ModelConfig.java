package dev.sponge.rl.model;

import dev.sponge.rl.UserError;
import dev.sponge.rl.tensor.DecoderShape;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Sizes and constants of a decoder, as a Hugging Face {@code config.json} gives them: RMSNorm,
 * rotary positions, grouped-query attention, SwiGLU. The families differ in these values alone.
 *
 * <p>Shapes: E embedding, V vocabulary, L layers, H heads, K key/value heads, D head dim, I width
 * of the feed-forward block.
 *
 * @param architecture the family, which other tools read
 * @param hiddenSize E
 * @param intermediateSize I
 * @param numHiddenLayers L
 * @param numAttentionHeads H, a multiple of K
 * @param numKeyValueHeads K
 * @param headDim D, even because rotary positions turn pairs; H * D may differ from E
 * @param vocabSize V, may exceed the tokenizer's vocabulary
 * @param maxPositionEmbeddings longest T = P + C
 * @param ropeTheta base of the rotary frequencies
 * @param ropeScaling stretches them
 * @param slidingWindow of the layers that do not see all positions before
 * @param rmsNormEps added to the mean square under the root
 * @param tieWordEmbeddings the output projection is the embedding matrix
 * @param attentionBias q, k and v projections have a bias, and in Llama and Qwen3 the output
 *     projection too; true in every published Qwen2
 * @param eosTokenIds each ends a response; at least one
 * @param padTokenId fills batches, where the configuration names one
 * @param bosTokenId not used by Sponge, kept for other tools
 */
public record ModelConfig(
    Architecture architecture,
    int hiddenSize,
    int intermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int numKeyValueHeads,
    int headDim,
    int vocabSize,
    int maxPositionEmbeddings,
    double ropeTheta,
    RopeScaling ropeScaling,
    Optional<SlidingWindow> slidingWindow,
    double rmsNormEps,
    boolean tieWordEmbeddings,
    boolean attentionBias,
    List<Integer> eosTokenIds,
    OptionalInt padTokenId,
    OptionalInt bosTokenId) {

  /**
   * Layers that see only the newest positions.
   *
   * @param width positions a token sees, itself included
   * @param firstLayer the first such layer; those before it see all
   */
  public record SlidingWindow(int width, int firstLayer) {
    public SlidingWindow {
      checkRange("sliding_window", width, MAX_POSITIONS);
      if (firstLayer < 0) {
        throw new UserError("max_window_layers = " + firstLayer + " must be 0 or more");
      }
    }
  }

  /** Name of the file in a Hugging Face model directory. */
  public static final String FILE_NAME = "config.json";

  /** Name of the embedding, which is the output layer too when they are tied. */
  static final String EMBEDDING = "model.embed_tokens.weight";

  // Above these a parameter count overflows or a typo asks for terabytes.
  private static final int MAX_WIDTH = 1 << 20;
  private static final int MAX_LAYERS = 10_000;
  private static final int MAX_VOCAB = 1 << 24;
  private static final int MAX_POSITIONS = 1 << 30;

  /**
   * Checks every size.
   *
   * @throws UserError naming the key of {@code config.json} and its value
   */
  public ModelConfig {
    checkRange("hidden_size", hiddenSize, MAX_WIDTH);
    checkRange("intermediate_size", intermediateSize, MAX_WIDTH);
    checkRange("num_hidden_layers", numHiddenLayers, MAX_LAYERS);
    checkRange("num_attention_heads", numAttentionHeads, MAX_WIDTH);
    checkRange("num_key_value_heads", numKeyValueHeads, numAttentionHeads);
    checkRange("head_dim", headDim, MAX_WIDTH);
    checkRange("vocab_size", vocabSize, MAX_VOCAB);
    checkRange("max_position_embeddings", maxPositionEmbeddings, MAX_POSITIONS);
    if (numAttentionHeads % numKeyValueHeads != 0) {
      throw new UserError(
          "num_attention_heads = "
              + numAttentionHeads
              + " must be a multiple of num_key_value_heads = "
              + numKeyValueHeads
              + ": query heads share key/value heads in equal groups");
    }
    if (headDim % 2 != 0) {
      throw new UserError(
          "head_dim = " + headDim + " must be even: rotary positions turn pairs of coordinates");
    }
    if ((long) numAttentionHeads * headDim > MAX_WIDTH) {
      throw new UserError(
          "num_attention_heads * head_dim = "
              + (long) numAttentionHeads * headDim
              + " exceeds "
              + MAX_WIDTH);
    }
    if (!(ropeTheta > 0) || Double.isInfinite(ropeTheta)) {
      throw new UserError("rope_theta = " + ropeTheta + " must be a positive number");
    }
    if (!(rmsNormEps > 0) || rmsNormEps >= 1) {
      throw new UserError("rms_norm_eps = " + rmsNormEps + " must lie in (0, 1)");
    }
    if (eosTokenIds.isEmpty()) {
      throw new UserError("eos_token_id is missing; add the id of the token that ends a response");
    }
    eosTokenIds = List.copyOf(eosTokenIds);
    eosTokenIds.forEach(id -> checkTokenId("eos_token_id", id, vocabSize));
    padTokenId.ifPresent(id -> checkTokenId("pad_token_id", id, vocabSize));
    bosTokenId.ifPresent(id -> checkTokenId("bos_token_id", id, vocabSize));
  }

  /**
   * Reads a Hugging Face {@code config.json} of one of the {@link Architecture}s.
   *
   * @param configJson the file
   * @throws UserError when the file is missing, no JSON, of another architecture, lacks a key, uses
   *     a feature that is not built (other rope scalings, quantisation) or has impossible sizes;
   *     the message names the file and the key
   */
  public static ModelConfig read(Path configJson) {
    return ModelConfigJson.read(configJson);
  }

  /** The first of {@link #eosTokenIds}, which a demonstration ends with. */
  public int eosTokenId() {
    return eosTokenIds.get(0);
  }

  /** Whether the output projection of attention has a bias. */
  public boolean outputBias() {
    return attentionBias && architecture.biasBehindAttention();
  }

  /** What the decoder kernels need to know. */
  public DecoderShape shape() {
    long[] windows = new long[numHiddenLayers];
    slidingWindow.ifPresent(
        window -> {
          for (int layer = window.firstLayer(); layer < numHiddenLayers; layer++) {
            windows[layer] = window.width();
          }
        });
    return new DecoderShape(
        numHiddenLayers,
        hiddenSize,
        numAttentionHeads,
        numKeyValueHeads,
        headDim,
        new DecoderShape.Traits(
            attentionBias, outputBias(), architecture.qkNorm(), tieWordEmbeddings),
        RotaryFrequencies.of(this),
        windows,
        rmsNormEps);
  }

  /** The {@code config.json} that transformers opens as this architecture in float32. */
  public String toJson() {
    return ModelConfigJson.write(this);
  }

  /**
   * Hugging Face names and shapes of all parameters, in the order that {@link Weights#tensors()},
   * gradients and optimizer moments use. Matrices are (out, in). {@code lm_head.weight} exists only
   * when the embeddings are not tied.
   */
  public LinkedHashMap<String, long[]> parameterShapes() {
    long queryWidth = (long) numAttentionHeads * headDim;
    long keyValueWidth = (long) numKeyValueHeads * headDim;
    LinkedHashMap<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put(EMBEDDING, new long[] {vocabSize, hiddenSize});
    for (int layer = 0; layer < numHiddenLayers; layer++) {
      String prefix = "model.layers." + layer + ".";
      shapes.put(prefix + "input_layernorm.weight", new long[] {hiddenSize});
      putProjection(shapes, prefix + "self_attn.q_proj", queryWidth);
      putProjection(shapes, prefix + "self_attn.k_proj", keyValueWidth);
      putProjection(shapes, prefix + "self_attn.v_proj", keyValueWidth);
      shapes.put(prefix + "self_attn.o_proj.weight", new long[] {hiddenSize, queryWidth});
      if (outputBias()) {
        shapes.put(prefix + "self_attn.o_proj.bias", new long[] {hiddenSize});
      }
      if (architecture.qkNorm()) {
        shapes.put(prefix + "self_attn.q_norm.weight", new long[] {headDim});
        shapes.put(prefix + "self_attn.k_norm.weight", new long[] {headDim});
      }
      shapes.put(prefix + "post_attention_layernorm.weight", new long[] {hiddenSize});
      shapes.put(prefix + "mlp.gate_proj.weight", new long[] {intermediateSize, hiddenSize});
      shapes.put(prefix + "mlp.up_proj.weight", new long[] {intermediateSize, hiddenSize});
      shapes.put(prefix + "mlp.down_proj.weight", new long[] {hiddenSize, intermediateSize});
    }
    shapes.put("model.norm.weight", new long[] {hiddenSize});
    if (!tieWordEmbeddings) {
      shapes.put("lm_head.weight", new long[] {vocabSize, hiddenSize});
    }
    return shapes;
  }

  /** Number of scalars in all parameters; tied embeddings count once. */
  public long numParameters() {
    long total = 0;
    for (long[] shape : parameterShapes().values()) {
      long size = 1;
      for (long dimension : shape) {
        size *= dimension;
      }
      total += size;
    }
    return total;
  }

  /** A builder for policies made from scratch; defaults are those of {@link ModelConfigBuilder}. */
  public static ModelConfigBuilder builder() {
    return new ModelConfigBuilder();
  }

  private void putProjection(LinkedHashMap<String, long[]> shapes, String name, long width) {
    shapes.put(name + ".weight", new long[] {width, hiddenSize});
    if (attentionBias) {
      shapes.put(name + ".bias", new long[] {width});
    }
  }

  private static void checkRange(String key, int value, int max) {
    if (value < 1 || value > max) {
      throw new UserError(key + " = " + value + " must lie in 1.." + max);
    }
  }

  private static void checkTokenId(String key, int id, int vocabSize) {
    if (id < 0 || id >= vocabSize) {
      throw new UserError(
          key
              + " = "
              + id
              + " is no token: vocab_size = "
              + vocabSize
              + " allows 0.."
              + (vocabSize - 1));
    }
  }

  /** D = E / H, the rule where no {@code head_dim} is given. */
  static int dividedHeadDim(int hiddenSize, int heads) {
    checkRange("hidden_size", hiddenSize, MAX_WIDTH);
    checkRange("num_attention_heads", heads, MAX_WIDTH);
    if (hiddenSize % heads != 0) {
      throw new UserError(
          "hidden_size = "
              + hiddenSize
              + " must be a multiple of num_attention_heads = "
              + heads
              + " unless head_dim is given");
    }
    return hiddenSize / heads;
  }
}
