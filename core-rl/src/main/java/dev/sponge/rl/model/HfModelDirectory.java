package dev.sponge.rl.model;

import ai.djl.ndarray.NDManager;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import dev.sponge.rl.text.Tokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * A Hugging Face model directory: {@code config.json}, {@code generation_config.json}, {@code
 * model.safetensors} and the tokenizer's files. transformers opens what is saved here.
 */
public final class HfModelDirectory {
  private static final String GENERATION_CONFIG = "generation_config.json";
  private static final List<String> REQUIRED_TOKENIZER_FILES =
      List.of(Tokenizer.FILE_NAME, Tokenizer.CONFIG_FILE_NAME);
  private static final List<String> OPTIONAL_TOKENIZER_FILES = List.of("special_tokens_map.json");

  private HfModelDirectory() {}

  /**
   * Writes a model directory; each file appears whole or not at all, files of the same names are
   * replaced.
   *
   * @param dir created when missing
   * @param tokenizerDir holds the tokenizer's files, which are copied; may be another model
   *     directory
   * @throws UserError when the tokenizer is missing, broken or does not fit the weights
   * @throws SpongeException when writing fails
   */
  public static void save(Path dir, Weights weights, Path tokenizerDir) {
    ModelConfig config = weights.config();
    loadTokenizer(tokenizerDir, config).close();
    AtomicFiles.writeString(dir.resolve(ModelConfig.FILE_NAME), config.toJson());
    AtomicFiles.writeString(dir.resolve(GENERATION_CONFIG), generationConfig(config));
    for (String name : REQUIRED_TOKENIZER_FILES) {
      copy(tokenizerDir.resolve(name), dir.resolve(name));
    }
    for (String name : OPTIONAL_TOKENIZER_FILES) {
      if (Files.exists(tokenizerDir.resolve(name))) {
        copy(tokenizerDir.resolve(name), dir.resolve(name));
      }
    }
    Safetensors.write(dir.resolve(Weights.FILE_NAME), weights.byName());
  }

  /**
   * Reads the weights, as {@link Weights#load}.
   *
   * @param parent decides the device; closing it closes the weights
   */
  public static Weights load(Path dir, NDManager parent) {
    return Weights.load(dir, parent);
  }

  /**
   * Loads the tokenizer of a model directory and checks that it fits the model there.
   *
   * @throws UserError when a file is missing or broken or they do not fit
   */
  public static Tokenizer loadTokenizer(Path dir) {
    return loadTokenizer(dir, ModelConfig.read(dir.resolve(ModelConfig.FILE_NAME)));
  }

  /**
   * Checks configuration, tensor names and shapes, and tokenizer without reading any weight.
   *
   * @return the configuration
   * @throws UserError when something is missing, broken or does not fit
   */
  public static ModelConfig check(Path dir) {
    if (!Files.isDirectory(dir)) {
      throw new UserError("model directory " + dir + " does not exist or is no directory");
    }
    ModelConfig config = ModelConfig.read(dir.resolve(ModelConfig.FILE_NAME));
    Weights.openChecked(dir, config).close();
    loadTokenizer(dir, config).close();
    return config;
  }

  private static Tokenizer loadTokenizer(Path dir, ModelConfig config) {
    Tokenizer tokenizer = Tokenizer.load(dir);
    try {
      checkFits(dir, tokenizer, config);
      return tokenizer;
    } catch (UserError e) {
      tokenizer.close();
      throw e;
    }
  }

  private static void checkFits(Path dir, Tokenizer tokenizer, ModelConfig config) {
    if (tokenizer.vocabSize() > config.vocabSize()) {
      throw new UserError(
          "the tokenizer in "
              + dir
              + " has token ids up to "
              + (tokenizer.vocabSize() - 1)
              + " but the model has vocab_size = "
              + config.vocabSize()
              + "; use the tokenizer that the model was made with");
    }
    checkEqualId(dir, "eos_token", tokenizer.eosId(), OptionalInt.of(config.eosTokenId()));
    checkEqualId(dir, "pad_token", tokenizer.padId(), config.padTokenId());
  }

  private static void checkEqualId(Path dir, String token, int tokenizerId, OptionalInt modelId) {
    if (modelId.isPresent() && modelId.getAsInt() != tokenizerId) {
      throw new UserError(
          "the tokenizer in "
              + dir
              + " has "
              + token
              + " id "
              + tokenizerId
              + " but the model has "
              + token
              + "_id = "
              + modelId.getAsInt()
              + "; set both to the same token");
    }
  }

  private static String generationConfig(ModelConfig config) {
    JsonObject json = new JsonObject();
    json.addProperty("_from_model_config", true);
    config.bosTokenId().ifPresent(id -> json.addProperty("bos_token_id", id));
    json.addProperty("eos_token_id", config.eosTokenId());
    config.padTokenId().ifPresent(id -> json.addProperty("pad_token_id", id));
    return new GsonBuilder().setPrettyPrinting().create().toJson(json) + "\n";
  }

  private static void copy(Path from, Path to) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(from);
    } catch (IOException e) {
      throw new SpongeException("cannot read " + from + ": " + e.getMessage(), e);
    }
    AtomicFiles.write(to, channel -> AtomicFiles.writeFully(channel, ByteBuffer.wrap(bytes)));
  }
}
