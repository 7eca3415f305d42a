package dev.sponge.rl.gguf;

import dev.sponge.rl.UserError;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What the metadata says about the decoder.
 *
 * @param vocabulary rows of the embedding, at least the number of tokens
 * @param slidingWindow tokens that attention looks back, when limited
 * @param attentionBias whether query, key and value have biases
 */
record ModelSizes(
    Architecture architecture,
    int layers,
    int hidden,
    int intermediate,
    int heads,
    int keyValueHeads,
    int headSize,
    int vocabulary,
    int context,
    double normEpsilon,
    double ropeBase,
    OptionalInt slidingWindow,
    boolean tiedEmbeddings,
    boolean attentionBias) {

  static final String EMBEDDING = "token_embd.weight";
  static final String OUTPUT = "output.weight";
  private static final double DEFAULT_ROPE_BASE = 10_000;

  /**
   * Reads the sizes.
   *
   * @throws UserError when a key is missing, out of range, or asks for what is not supported
   */
  static ModelSizes of(GgufHeader header) {
    GgufMetadata metadata = header.metadata();
    Architecture architecture = architecture(metadata);
    Keys keys = new Keys(metadata, architecture.key() + ".");
    int hidden = keys.size("embedding_length");
    int heads = keys.size("attention.head_count");
    int headSize = headSize(keys, hidden, heads);
    int context = keys.size("context_length");
    keys.refuseAbove("expert_count", 0, "mixtures of experts are not supported");
    Map<String, GgufTensor> tensors = header.tensors();
    return new ModelSizes(
        architecture,
        layers(keys, header.tensors().size()),
        hidden,
        keys.size("feed_forward_length"),
        heads,
        keyValueHeads(keys, heads),
        headSize,
        vocabulary(metadata, tensors),
        context,
        epsilon(keys),
        metadata
            .real(keys.name("rope.freq_base"))
            .map(ModelSizes::decimal)
            .orElse(DEFAULT_ROPE_BASE),
        slidingWindow(keys, architecture, context),
        !tensors.containsKey(OUTPUT),
        tensors.containsKey("blk.0.attn_q.bias"));
  }

  /** Float32 keeps seven digits; the shortest decimal is the number that was written. */
  private static double decimal(float value) {
    return Double.parseDouble(Float.toString(value));
  }

  private static Architecture architecture(GgufMetadata metadata) {
    String key = "general.architecture";
    String name = metadata.requiredText(key);
    return Architecture.ofKey(name)
        .orElseThrow(
            () ->
                metadata.wrong(
                    key,
                    "= \""
                        + name
                        + "\" is not supported; Sponge imports "
                        + List.of(Architecture.values()).stream().map(Architecture::key).toList()));
  }

  private static int layers(Keys keys, int tensors) {
    int layers = keys.size("block_count");
    if (layers > tensors) {
      throw keys.wrong("block_count", "= " + layers + ", but there are " + tensors + " tensors");
    }
    return layers;
  }

  private static int keyValueHeads(Keys keys, int heads) {
    int count = keys.sizeOr("attention.head_count_kv", heads);
    if (heads % count != 0) {
      throw keys.wrong("attention.head_count_kv", "= " + count + " does not divide " + heads);
    }
    return count;
  }

  private static int headSize(Keys keys, int hidden, int heads) {
    if (keys.isAbsent("attention.key_length") && hidden % heads != 0) {
      throw keys.wrong("attention.head_count", "= " + heads + " does not divide " + hidden);
    }
    int size = keys.sizeOr("attention.key_length", hidden / heads);
    if (size % 2 != 0) {
      throw keys.wrong("attention.key_length", "= " + size + " must be even");
    }
    for (String key : new String[] {"attention.value_length", "rope.dimension_count"}) {
      int other = keys.sizeOr(key, size);
      if (other != size) {
        throw keys.wrong(
            key, "= " + other + " differs from the head size " + size + ": not supported");
      }
    }
    return size;
  }

  private static int vocabulary(GgufMetadata metadata, Map<String, GgufTensor> tensors) {
    GgufTensor embedding = tensors.get(EMBEDDING);
    if (embedding == null) {
      throw new UserError(
          metadata.file() + " has no tensor " + EMBEDDING + "; it is no complete model");
    }
    return Math.toIntExact(embedding.shape().get(0));
  }

  private static double epsilon(Keys keys) {
    String key = "attention.layer_norm_rms_epsilon";
    float value =
        keys.metadata()
            .real(keys.name(key))
            .orElseThrow(() -> keys.wrong(key, "is missing; convert the file again"));
    if (value <= 0) {
      throw keys.wrong(key, "= " + value + " must be positive");
    }
    return decimal(value);
  }

  private static OptionalInt slidingWindow(Keys keys, Architecture architecture, int context) {
    String key = "attention.sliding_window";
    OptionalInt window = keys.metadata().natural(keys.name(key));
    if (window.isEmpty() || window.getAsInt() == 0 || window.getAsInt() >= context) {
      return OptionalInt.empty();
    }
    if (architecture != Architecture.LLAMA) {
      throw keys.wrong(key, "= " + window.getAsInt() + " is supported for llama files only");
    }
    return window;
  }

  /** The keys of one architecture. */
  private record Keys(GgufMetadata metadata, String prefix) {
    String name(String key) {
      return prefix + key;
    }

    boolean isAbsent(String key) {
      return !metadata.has(name(key));
    }

    int size(String key) {
      return atLeastOne(key, metadata.requiredNatural(name(key)));
    }

    int sizeOr(String key, int fallback) {
      return atLeastOne(key, metadata.natural(name(key)).orElse(fallback));
    }

    void refuseAbove(String key, int limit, String why) {
      int value = metadata.natural(name(key)).orElse(0);
      if (value > limit) {
        throw wrong(key, "= " + value + ": " + why);
      }
    }

    UserError wrong(String key, String what) {
      return metadata.wrong(name(key), what);
    }

    private int atLeastOne(String key, int value) {
      if (value < 1) {
        throw wrong(key, "= " + value + " must be at least 1");
      }
      return value;
    }
  }
}
