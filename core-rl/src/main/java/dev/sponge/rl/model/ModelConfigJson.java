package dev.sponge.rl.model;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.sponge.rl.UserError;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/** {@code config.json} of Qwen2ForCausalLM to and from {@link ModelConfig}. */
final class ModelConfigJson {
  private static final String ARCHITECTURE = "Qwen2ForCausalLM";
  private static final String MODEL_TYPE = "qwen2";
  // Qwen2Config of transformers fills these in where a file leaves them out.
  private static final double DEFAULT_ROPE_THETA = 10_000;
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
    checkArchitecture();
    checkFeatures();
    int hiddenSize = requiredInt("hidden_size");
    int heads = requiredInt("num_attention_heads");
    return new ModelConfig(
        hiddenSize,
        requiredInt("intermediate_size"),
        requiredInt("num_hidden_layers"),
        heads,
        requiredInt("num_key_value_heads"),
        present("head_dim").isPresent()
            ? requiredInt("head_dim")
            : ModelConfig.dividedHeadDim(hiddenSize, heads),
        requiredInt("vocab_size"),
        requiredInt("max_position_embeddings"),
        ropeTheta(),
        present("rms_norm_eps").map(e -> number("rms_norm_eps", e)).orElse(DEFAULT_RMS_NORM_EPS),
        bool("tie_word_embeddings", false),
        bool("attention_bias", true),
        tokenId("eos_token_id")
            .orElseThrow(
                () ->
                    new UserError(
                        "eos_token_id is missing; add the id of the token that ends a response")),
        tokenId("pad_token_id"),
        tokenId("bos_token_id"));
  }

  private void checkArchitecture() {
    Optional<JsonElement> architectures = present("architectures");
    boolean matches =
        architectures
            .map(
                e ->
                    e.isJsonArray()
                        && e.getAsJsonArray().size() == 1
                        && text(e.getAsJsonArray().get(0)).equals(ARCHITECTURE))
            .orElse(true);
    String modelType = present("model_type").map(ModelConfigJson::text).orElse("");
    if (!matches || !modelType.equals(MODEL_TYPE)) {
      throw new UserError(
          "architectures = "
              + architectures.map(JsonElement::toString).orElse("(none)")
              + ", model_type = \""
              + modelType
              + "\" is not supported; Sponge runs [\""
              + ARCHITECTURE
              + "\"], \""
              + MODEL_TYPE
              + "\"");
    }
  }

  private void checkFeatures() {
    String activation = present("hidden_act").map(ModelConfigJson::text).orElse("silu");
    if (!activation.equals("silu")) {
      throw new UserError("hidden_act = \"" + activation + "\" is not supported, only \"silu\"");
    }
    for (String key : new String[] {"rope_scaling", "quantization_config"}) {
      if (present(key).isPresent()) {
        throw new UserError(
            key + " = " + json.get(key) + " is not supported; use a model without " + key);
      }
    }
    if (bool("use_sliding_window", false)
        || present("layer_types")
            .map(e -> e.toString().contains("sliding_attention"))
            .orElse(false)) {
      throw new UserError("use_sliding_window = true is not supported, only full attention");
    }
  }

  /** Since version 5 transformers writes theta inside {@code rope_parameters}. */
  private double ropeTheta() {
    Optional<JsonElement> nested = present("rope_parameters");
    if (nested.isEmpty()) {
      return present("rope_theta").map(e -> number("rope_theta", e)).orElse(DEFAULT_ROPE_THETA);
    }
    if (!nested.get().isJsonObject()) {
      throw new UserError("rope_parameters = " + nested.get() + " must be an object");
    }
    JsonObject parameters = nested.get().getAsJsonObject();
    JsonElement type = parameters.get("rope_type");
    if (type != null && !text(type).equals("default")) {
      throw new UserError(
          "rope_parameters.rope_type = " + type + " is not supported, only \"default\"");
    }
    JsonElement theta = parameters.get("rope_theta");
    return theta == null ? DEFAULT_ROPE_THETA : number("rope_parameters.rope_theta", theta);
  }

  /** One id, or a list of exactly one: a response has one end. */
  private OptionalInt tokenId(String key) {
    Optional<JsonElement> value = present(key);
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    JsonElement element = value.get();
    if (element.isJsonArray()) {
      if (element.getAsJsonArray().size() != 1) {
        throw new UserError(key + " = " + element + " must be one token id");
      }
      element = element.getAsJsonArray().get(0);
    }
    return OptionalInt.of(integer(key, element));
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

  private static int integer(String key, JsonElement element) {
    try {
      return decimal(element).intValueExact();
    } catch (ArithmeticException | NumberFormatException e) {
      throw new UserError(key + " = " + element + " must be an integer", e);
    }
  }

  private static double number(String key, JsonElement element) {
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

  private static String text(JsonElement element) {
    return element.isJsonPrimitive() ? element.getAsString() : element.toString();
  }

  static String write(ModelConfig config) {
    JsonArray architectures = new JsonArray();
    architectures.add(ARCHITECTURE);
    JsonObject out = new JsonObject();
    out.add("architectures", architectures);
    out.addProperty("attention_bias", config.attentionBias());
    out.addProperty("attention_dropout", 0.0);
    config.bosTokenId().ifPresent(id -> out.addProperty("bos_token_id", id));
    out.addProperty("eos_token_id", config.eosTokenId());
    out.addProperty("head_dim", config.headDim());
    out.addProperty("hidden_act", "silu");
    out.addProperty("hidden_size", config.hiddenSize());
    out.addProperty("initializer_range", INITIALIZER_RANGE);
    out.addProperty("intermediate_size", config.intermediateSize());
    out.addProperty("max_position_embeddings", config.maxPositionEmbeddings());
    out.addProperty("model_type", MODEL_TYPE);
    out.addProperty("num_attention_heads", config.numAttentionHeads());
    out.addProperty("num_hidden_layers", config.numHiddenLayers());
    out.addProperty("num_key_value_heads", config.numKeyValueHeads());
    config.padTokenId().ifPresent(id -> out.addProperty("pad_token_id", id));
    out.addProperty("rms_norm_eps", config.rmsNormEps());
    out.addProperty("rope_theta", config.ropeTheta());
    out.addProperty("tie_word_embeddings", config.tieWordEmbeddings());
    out.addProperty("torch_dtype", "float32");
    out.addProperty("use_cache", true);
    out.addProperty("use_sliding_window", false);
    out.addProperty("vocab_size", config.vocabSize());
    return GSON.toJson(out) + "\n";
  }
}
