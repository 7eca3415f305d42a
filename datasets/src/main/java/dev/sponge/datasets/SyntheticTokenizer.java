package dev.sponge.datasets;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.sponge.rl.SpongeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes the tokenizer of the synthetic task as a Hugging Face tokenizer directory: a word-level
 * vocabulary in which every digit, symbol and template word is one token.
 *
 * <p>A word carries the space before it, and the space after it when a digit or a bracket follows;
 * that keeps prompts short and makes {@code decode(encode(text)) == text} for every text within the
 * vocabulary. Each stretch of other text becomes one unknown token.
 *
 * <p>All tokens are added tokens, which are found in the text, longest first, before any other rule
 * applies. transformers 5 ignores {@code tokenizer_class} and all rules but these next to the
 * config.json of a Qwen2 model and builds its byte-level Qwen2Tokenizer from the vocabulary; with
 * the added tokens that gives the same ids, except that it drops text outside the vocabulary.
 */
public final class SyntheticTokenizer {
  /** Ends every complete response. */
  public static final String EOS = "<|endoftext|>";

  /** Fills batches; never part of a prompt or response. */
  public static final String PAD = "<|pad|>";

  /** Stands for text outside the vocabulary. */
  public static final String UNKNOWN = "<unk>";

  private static final List<String> SPECIAL = List.of(EOS, PAD, UNKNOWN);

  /** Token at index i has id i; the order is part of every trained policy and must not change. */
  private static final List<String> VOCABULARY =
      List.of(
          EOS,
          PAD,
          UNKNOWN,
          "0",
          "1",
          "2",
          "3",
          "4",
          "5",
          "6",
          "7",
          "8",
          "9",
          "+",
          "-",
          "*",
          "=",
          "(",
          ")",
          ".",
          ",",
          "?",
          ": ",
          " ",
          "\n",
          "\\boxed{",
          "}",
          "wait",
          " let",
          " me",
          " check",
          "Compute ",
          "Start",
          " with ",
          " Add ",
          " Subtract ",
          " Multiply",
          " by ",
          " What",
          " is",
          " the",
          " result",
          "Mia",
          "Ana",
          "Leo",
          "Tom",
          " has ",
          " She",
          " He",
          " gets ",
          " more",
          " gives",
          " away ",
          " They",
          " grow ",
          "-fold",
          " How",
          " many",
          " are",
          " there",
          " apples",
          " coins",
          " cards",
          " books");

  private static final String CHAT_TEMPLATE =
      "{% for message in messages %}{% if message['role'] == 'user' %}"
          + "{{ message['content'] | trim }}{% elif message['role'] == 'assistant' %}"
          + "{{ '\\n' + message['content'] + eos_token }}{% endif %}{% endfor %}"
          + "{% if add_generation_prompt %}{{ '\\n' }}{% endif %}";

  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().serializeNulls().create();

  private SyntheticTokenizer() {}

  /** The tokens in the order of their ids, from 0. */
  public static List<String> vocabulary() {
    return VOCABULARY;
  }

  /**
   * Writes tokenizer.json, tokenizer_config.json and special_tokens_map.json into {@code
   * directory}, which is created if missing.
   *
   * @throws SpongeException if a file cannot be written
   */
  public static void write(Path directory) {
    try {
      Files.createDirectories(directory);
      Files.writeString(directory.resolve("tokenizer.json"), json(tokenizer()));
      Files.writeString(directory.resolve("tokenizer_config.json"), json(tokenizerConfig()));
      Files.writeString(directory.resolve("special_tokens_map.json"), json(specialTokensMap()));
    } catch (IOException e) {
      throw new SpongeException("The tokenizer cannot be written to " + directory + ".", e);
    }
  }

  private static String json(JsonObject object) {
    return GSON.toJson(object) + "\n";
  }

  private static JsonObject tokenizer() {
    JsonObject tokenizer = new JsonObject();
    tokenizer.addProperty("version", "1.0");
    tokenizer.add("truncation", JsonNull.INSTANCE);
    tokenizer.add("padding", JsonNull.INSTANCE);
    tokenizer.add("added_tokens", addedTokens());
    tokenizer.add("normalizer", JsonNull.INSTANCE);
    tokenizer.add("pre_tokenizer", JsonNull.INSTANCE);
    tokenizer.add("post_processor", JsonNull.INSTANCE);
    JsonObject decoder = new JsonObject();
    decoder.addProperty("type", "Fuse");
    tokenizer.add("decoder", decoder);
    tokenizer.add("model", model());
    return tokenizer;
  }

  private static JsonArray addedTokens() {
    JsonArray tokens = new JsonArray();
    for (int id = 0; id < VOCABULARY.size(); id++) {
      String content = VOCABULARY.get(id);
      JsonObject token = new JsonObject();
      token.addProperty("id", id);
      token.addProperty("content", content);
      token.addProperty("single_word", false);
      token.addProperty("lstrip", false);
      token.addProperty("rstrip", false);
      token.addProperty("normalized", false);
      token.addProperty("special", SPECIAL.contains(content));
      tokens.add(token);
    }
    return tokens;
  }

  private static JsonObject model() {
    JsonObject vocabulary = new JsonObject();
    for (int id = 0; id < VOCABULARY.size(); id++) {
      vocabulary.addProperty(VOCABULARY.get(id), id);
    }
    JsonObject model = new JsonObject();
    model.addProperty("type", "WordLevel");
    model.add("vocab", vocabulary);
    model.addProperty("unk_token", UNKNOWN);
    return model;
  }

  private static JsonObject tokenizerConfig() {
    JsonObject config = new JsonObject();
    config.addProperty("tokenizer_class", "PreTrainedTokenizerFast");
    config.addProperty("eos_token", EOS);
    config.addProperty("pad_token", PAD);
    config.addProperty("unk_token", UNKNOWN);
    config.addProperty("clean_up_tokenization_spaces", false);
    config.addProperty("chat_template", CHAT_TEMPLATE);
    return config;
  }

  private static JsonObject specialTokensMap() {
    JsonObject map = new JsonObject();
    map.addProperty("eos_token", EOS);
    map.addProperty("pad_token", PAD);
    map.addProperty("unk_token", UNKNOWN);
    return map;
  }
}
