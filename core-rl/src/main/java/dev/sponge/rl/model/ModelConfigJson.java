package dev.sponge.rl.model;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.sponge.rl.UserError;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** {@code config.json} to and from {@link ModelConfig}. */
final class ModelConfigJson {
  // The configurations of transformers fill these in where a file leaves them out.
  private static final double DEFAULT_RMS_NORM_EPS = 1e-6;
  private static final double INITIALIZER_RANGE = 0.02;
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().serializeNulls().disableHtmlEscaping().create();

  private final JsonObject json;

  private ModelConfigJson(JsonObject json) {
    this.json = json;
  }

  static ModelConfig read(Path file) {
    JsonObject json = Json.readObject(file);
    try {
      return new ModelConfigJson(json).toConfig();
    } catch (UserError e) {
      throw new UserError(file + ": " + e.getMessage(), e);
    }
  }

  private ModelConfig toConfig() {
    Architecture architecture = architecture();
    checkFeatures();
    int hiddenSize = requiredInt("hidden_size");
    int heads = requiredInt("num_attention_heads");
    int layers = requiredInt("num_hidden_layers");
    RopeJson rope = new RopeJson(json);
    return new ModelConfig(
        architecture,
        hiddenSize,
        requiredInt("intermediate_size"),
        layers,
        heads,
        present("num_key_value_heads").isPresent() ? requiredInt("num_key_value_heads") : heads,
        present("head_dim").isPresent()
            ? requiredInt("head_dim")
            : ModelConfig.dividedHeadDim(hiddenSize, heads),
        requiredInt("vocab_size"),
        requiredInt("max_position_embeddings"),
        rope.theta(),
        rope.scaling(requiredInt("max_position_embeddings")),
        slidingWindow(architecture, layers),
        present("rms_norm_eps").map(e -> number("rms_norm_eps", e)).orElse(DEFAULT_RMS_NORM_EPS),
        bool("tie_word_embeddings", false),
        bool("attention_bias", architecture.biasByDefault()),
        tokenIds("eos_token_id"),
        tokenId("pad_token_id"),
        tokenId("bos_token_id"));
  }

  private Architecture architecture() {
    String modelType = present("model_type").map(ModelConfigJson::text).orElse("");
    Optional<Architecture> known = Architecture.ofModelType(modelType);
    Optional<JsonElement> classes = present("architectures");
    boolean matches =
        known.isPresent()
            && classes
                .map(
                    e ->
                        e.isJsonArray()
                            && e.getAsJsonArray().size() == 1
                            && text(e.getAsJsonArray().get(0)).equals(known.get().className()))
                .orElse(true);
    if (!matches) {
      throw new UserError(
          "architectures = "
              + classes.map(JsonElement::toString).orElse("(none)")
              + ", model_type = \""
              + modelType
              + "\" is not supported; Sponge runs "
              + Arrays.stream(Architecture.values())
                  .map(a -> a.className() + " (" + a.modelType() + ")")
                  .collect(Collectors.joining(", ")));
    }
    return known.orElseThrow();
  }

  private void checkFeatures() {
    String activation = present("hidden_act").map(ModelConfigJson::text).orElse("silu");
    if (!activation.equals("silu")) {
      throw new UserError("hidden_act = \"" + activation + "\" is not supported, only \"silu\"");
    }
    if (present("quantization_config").isPresent()) {
      throw new UserError(
          "quantization_config = "
              + json.get("quantization_config")
              + " is not supported; use the model in float32, float16 or bfloat16");
    }
    if (bool("mlp_bias", false)) {
      throw new UserError("mlp_bias = true is not supported");
    }
  }

  /**
   * Mistral slides in every layer; Qwen from {@code max_window_layers} on, and only when told to;
   * {@code layer_types}, where it is given, says it layer by layer.
   */
  private Optional<ModelConfig.SlidingWindow> slidingWindow(Architecture architecture, int layers) {
    boolean slides =
        switch (architecture) {
          case MISTRAL -> true;
          case QWEN2, QWEN3 -> bool("use_sliding_window", false);
          case LLAMA -> false;
        };
    if (!slides || present("sliding_window").isEmpty()) {
      return Optional.empty();
    }
    int first =
        architecture == Architecture.MISTRAL
            ? 0
            : present("max_window_layers").map(e -> integer("max_window_layers", e)).orElse(28);
    first = present("layer_types").map(e -> firstSliding(e, layers)).orElse(first);
    if (first >= layers) {
      return Optional.empty();
    }
    return Optional.of(new ModelConfig.SlidingWindow(requiredInt("sliding_window"), first));
  }

  private static int firstSliding(JsonElement types, int layers) {
    int first = layers;
    int layer = 0;
    for (JsonElement type : types.isJsonArray() ? types.getAsJsonArray() : new JsonArray()) {
      boolean slides = text(type).equals("sliding_attention");
      if (slides) {
        first = Math.min(first, layer);
      }
      if (slides != (layer >= first)) {
        throw new UserError(
            "layer_types = "
                + types
                + " is not supported: layers with full attention must come before those that"
                + " slide");
      }
      layer++;
    }
    return first;
  }

  private OptionalInt tokenId(String key) {
    List<Integer> ids = tokenIds(key);
    if (ids.size() > 1) {
      throw new UserError(key + " = " + ids + " must be one token id");
    }
    return ids.isEmpty() ? OptionalInt.empty() : OptionalInt.of(ids.get(0));
  }

  /** One id or a list. */
  private List<Integer> tokenIds(String key) {
    Optional<JsonElement> value = present(key);
    if (value.isEmpty()) {
      return List.of();
    }
    List<Integer> ids = new ArrayList<>();
    if (value.get().isJsonArray()) {
      value.get().getAsJsonArray().forEach(element -> ids.add(integer(key, element)));
    } else {
      ids.add(integer(key, value.get()));
    }
    return ids;
  }

  private Optional<JsonElement> present(String key) {
    JsonElement element = json.get(key);
    return element == null || element.isJsonNull() ? Optional.empty() : Optional.of(element);
  }

  private int requiredInt(String key) {
    return integer(
        key, present(key).orElseThrow(() -> new UserError("key " + key + " is missing")));
  }

  private boolean bool(String key, boolean fallback) {
    Optional<JsonElement> value = present(key);
    if (value.isEmpty()) {
      return fallback;
    }
    JsonElement element = value.get();
    if (!element.isJsonPrimitive() || !element.getAsJsonPrimitive().isBoolean()) {
      throw new UserError(key + " = " + element + " must be true or false");
    }
    return element.getAsBoolean();
  }

  static int integer(String key, JsonElement element) {
    try {
      return decimal(element).intValueExact();
    } catch (ArithmeticException | NumberFormatException e) {
      throw new UserError(key + " = " + element + " must be an integer", e);
    }
  }

  static double number(String key, JsonElement element) {
    try {
      return decimal(element).doubleValue();
    } catch (NumberFormatException e) {
      throw new UserError(key + " = " + element + " must be a number", e);
    }
  }

  private static BigDecimal decimal(JsonElement element) {
    if (!element.isJsonPrimitive() || !element.getAsJsonPrimitive().isNumber()) {
      throw new NumberFormatException("not a number");
    }
    return new BigDecimal(element.getAsString());
  }

  static String text(JsonElement element) {
    return element.isJsonPrimitive() ? element.getAsString() : element.toString();
  }

  static String write(ModelConfig config) {
    JsonArray architectures = new JsonArray();
    architectures.add(config.architecture().className());
    JsonObject out = new JsonObject();
    out.add("architectures", architectures);
    out.addProperty("attention_bias", config.attentionBias());
    out.addProperty("attention_dropout", 0.0);
    config.bosTokenId().ifPresent(id -> out.addProperty("bos_token_id", id));
    out.add("eos_token_id", GSON.toJsonTree(endTokens(config)));
    out.addProperty("head_dim", config.headDim());
    out.addProperty("hidden_act", "silu");
    out.addProperty("hidden_size", config.hiddenSize());
    out.addProperty("initializer_range", INITIALIZER_RANGE);
    out.addProperty("intermediate_size", config.intermediateSize());
    out.addProperty("max_position_embeddings", config.maxPositionEmbeddings());
    out.addProperty("model_type", config.architecture().modelType());
    out.addProperty("num_attention_heads", config.numAttentionHeads());
    out.addProperty("num_hidden_layers", config.numHiddenLayers());
    out.addProperty("num_key_value_heads", config.numKeyValueHeads());
    config.padTokenId().ifPresent(id -> out.addProperty("pad_token_id", id));
    out.addProperty("rms_norm_eps", config.rmsNormEps());
    RopeJson.write(config.ropeScaling(), out);
    out.addProperty("rope_theta", config.ropeTheta());
    config.slidingWindow().ifPresent(window -> out.addProperty("sliding_window", window.width()));
    out.addProperty("tie_word_embeddings", config.tieWordEmbeddings());
    out.addProperty("torch_dtype", "float32");
    out.addProperty("use_cache", true);
    writeWindow(config, out);
    out.addProperty("vocab_size", config.vocabSize());
    return GSON.toJson(out) + "\n";
  }

  private static Object endTokens(ModelConfig config) {
    List<Integer> ids = config.eosTokenIds();
    return ids.size() == 1 ? ids.get(0) : ids;
  }

  private static void writeWindow(ModelConfig config, JsonObject out) {
    switch (config.architecture()) {
      case QWEN2, QWEN3 -> {
        out.addProperty("use_sliding_window", config.slidingWindow().isPresent());
        config
            .slidingWindow()
            .ifPresent(window -> out.addProperty("max_window_layers", window.firstLayer()));
      }
      case MISTRAL -> {
        if (config.slidingWindow().isEmpty()) {
          out.add("sliding_window", JsonNull.INSTANCE);
        }
      }
      case LLAMA -> out.addProperty("mlp_bias", false);
    }
  }
}
