package dev.sponge.rl.gguf;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;

/** How a byte-level tokenizer cuts text into words: values of {@code tokenizer.ggml.pre}. */
enum PreTokenizer {
  GPT2,
  /** As GPT-2, each digit apart. */
  DIGITS,
  QWEN2,
  LLAMA3;

  // The tokenizer.json of Llama 3; Qwen2's takes digits one by one instead of up to three.
  private static final String WORDS =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}%s|"
          + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  /** What {@link #ofKey} knows. */
  static final List<String> KNOWN_KEYS =
      List.of(
          "gpt-2",
          "gpt2",
          "default",
          "smollm",
          "starcoder",
          "refact",
          "command-r",
          "qwen2",
          "deepseek-r1-qwen",
          "llama-bpe",
          "llama3",
          "llama-v3");

  static Optional<PreTokenizer> ofKey(String key) {
    return switch (key) {
      case "gpt-2", "gpt2", "default" -> Optional.of(GPT2);
      case "smollm", "starcoder", "refact", "command-r" -> Optional.of(DIGITS);
      case "qwen2", "deepseek-r1-qwen" -> Optional.of(QWEN2);
      case "llama-bpe", "llama3", "llama-v3" -> Optional.of(LLAMA3);
      default -> Optional.empty();
    };
  }

  /** The element {@code pre_tokenizer} of tokenizer.json. */
  JsonObject json() {
    return switch (this) {
      case GPT2 -> byteLevel(true);
      case DIGITS -> {
        JsonObject digits = typed("Digits");
        digits.addProperty("individual_digits", true);
        yield sequence(digits, byteLevel(true));
      }
      case QWEN2 -> sequence(split(String.format(WORDS, "")), byteLevel(false));
      case LLAMA3 -> sequence(split(String.format(WORDS, "{1,3}")), byteLevel(false));
    };
  }

  /** The element {@code normalizer} of tokenizer.json. */
  JsonElement normalizer() {
    return this == QWEN2 ? typed("NFC") : JsonNull.INSTANCE;
  }

  /** Words of the vocabulary are taken whole, whatever the merges say. */
  boolean ignoresMergesOfWords() {
    return this == LLAMA3;
  }

  /** llama.cpp's default for files that do not say. */
  boolean addsBos() {
    return this == LLAMA3;
  }

  static JsonObject typed(String type) {
    JsonObject json = new JsonObject();
    json.addProperty("type", type);
    return json;
  }

  static JsonObject byteLevel(boolean useRegex) {
    JsonObject json = typed("ByteLevel");
    json.addProperty("add_prefix_space", false);
    json.addProperty("trim_offsets", true);
    json.addProperty("use_regex", useRegex);
    return json;
  }

  private static JsonObject split(String regex) {
    JsonObject pattern = new JsonObject();
    pattern.addProperty("Regex", regex);
    JsonObject json = typed("Split");
    json.add("pattern", pattern);
    json.addProperty("behavior", "Isolated");
    json.addProperty("invert", false);
    return json;
  }

  private static JsonObject sequence(JsonObject... steps) {
    JsonArray list = new JsonArray();
    for (JsonObject step : steps) {
      list.add(step);
    }
    JsonObject json = typed("Sequence");
    json.add("pretokenizers", list);
    return json;
  }
}
