package dev.sponge.rl.model;

import ai.djl.ndarray.NDManager;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import dev.sponge.rl.text.Tokenizer;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A Hugging Face model directory: {@code config.json}, {@code generation_config.json}, the weight
 * files ({@link ModelFiles}) and the tokenizer's files. transformers opens what is saved here.
 *
 * <p>The files of a directory may name different tokens: all their EOS end a response ({@link
 * #endTokenIds}); {@link Tokenizer#padId} and {@link Tokenizer#bosId} say who wins for the others.
 */
public final class HfModelDirectory {
  private static final String GENERATION_CONFIG = "generation_config.json";
  private static final List<String> REQUIRED_TOKENIZER_FILES =
      List.of(Tokenizer.FILE_NAME, Tokenizer.CONFIG_FILE_NAME);
  private static final List<String> OPTIONAL_TOKENIZER_FILES =
      List.of(
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "merges.txt",
          "tokenizer.model",
          "chat_template.jinja");

  private static final String EOS_KEY = "eos_token_id";
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().serializeNulls().disableHtmlEscaping().create();

  private HfModelDirectory() {}

  /** Saves float32 weights: {@link #save(Path, Weights, Path, ModelFiles.Format)}. */
  public static void save(Path dir, Weights weights, Path tokenizerDir) {
    save(dir, weights, tokenizerDir, ModelFiles.Format.DEFAULT);
  }

  /**
   * Writes a model directory; each file appears whole or not at all, {@code config.json} last.
   * Files of the same names are replaced, other weight and tokenizer files of an earlier save
   * removed.
   *
   * @param dir created when missing
   * @param tokenizerDir holds the tokenizer's files, which are copied as they are, as is {@code
   *     generation_config.json} where it exists; may be another model directory
   * @param format how the weights are stored
   * @throws UserError when the tokenizer is missing, broken or does not fit the weights, or a value
   *     is not finite in a narrower dtype than float32
   * @throws SpongeException when writing fails
   */
  public static void save(Path dir, Weights weights, Path tokenizerDir, ModelFiles.Format format) {
    ModelConfig config = weights.config();
    try (Tokenizer tokenizer = loadTokenizer(tokenizerDir, config)) {
      endTokenIds(tokenizerDir, config, tokenizer);
    }
    ModelFiles.write(dir, weights.byName(), format);
    REQUIRED_TOKENIZER_FILES.forEach(name -> copy(tokenizerDir, dir, name));
    OPTIONAL_TOKENIZER_FILES.forEach(name -> copyOrRemove(tokenizerDir, dir, name));
    if (Files.exists(tokenizerDir.resolve(GENERATION_CONFIG))) {
      copy(tokenizerDir, dir, GENERATION_CONFIG);
    } else {
      AtomicFiles.writeString(dir.resolve(GENERATION_CONFIG), generationConfig(config));
    }
    AtomicFiles.writeString(dir.resolve(ModelConfig.FILE_NAME), configJson(config, format.dtype()));
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
   * The tokens that end a response: those of {@code generation_config.json} (a number or a list),
   * then of {@code config.json}, then the {@code eos_token} of the tokenizer, each once. They may
   * differ: a chat model often ends a turn with another token than a text.
   *
   * @return at least one id, all below {@code vocab_size}
   * @throws UserError when a file is missing or broken, or an id is no token of the model
   */
  public static List<Integer> endTokenIds(Path dir) {
    ModelConfig config = ModelConfig.read(dir.resolve(ModelConfig.FILE_NAME));
    try (Tokenizer tokenizer = loadTokenizer(dir, config)) {
      return endTokenIds(dir, config, tokenizer);
    }
  }

  /**
   * The same with what is loaded already.
   *
   * @param tokenizer of this directory
   */
  public static List<Integer> endTokenIds(Path dir, ModelConfig config, Tokenizer tokenizer) {
    Set<Integer> ids = new LinkedHashSet<>();
    Path generation = dir.resolve(GENERATION_CONFIG);
    if (Files.exists(generation)) {
      ids.addAll(eosIds(generation, config.vocabSize()));
    }
    ids.addAll(config.eosTokenIds());
    ids.add(tokenizer.eosId());
    return List.copyOf(ids);
  }

  private static List<Integer> eosIds(Path file, int vocabSize) {
    JsonElement value = Json.readObject(file).get(EOS_KEY);
    if (value == null || value.isJsonNull()) {
      return List.of();
    }
    List<JsonElement> elements =
        value.isJsonArray() ? value.getAsJsonArray().asList() : List.of(value);
    return elements.stream().map(element -> tokenId(file, element, vocabSize)).toList();
  }

  private static int tokenId(Path file, JsonElement element, int vocabSize) {
    BigDecimal id =
        element.isJsonPrimitive() && element.getAsJsonPrimitive().isNumber()
            ? element.getAsBigDecimal()
            : BigDecimal.valueOf(-1);
    boolean integer = id.stripTrailingZeros().scale() <= 0;
    if (!integer || id.signum() < 0 || id.compareTo(BigDecimal.valueOf(vocabSize)) >= 0) {
      throw new UserError(
          file
              + ": "
              + EOS_KEY
              + " = "
              + element
              + " is no token id: vocab_size = "
              + vocabSize
              + " allows 0.."
              + (vocabSize - 1)
              + " and lists of these");
    }
    return id.intValueExact();
  }

  /**
   * Checks configuration, tensor names and shapes, tokenizer and special tokens without reading any
   * weight.
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
    try (Tokenizer tokenizer = loadTokenizer(dir, config)) {
      endTokenIds(dir, config, tokenizer);
    }
    return config;
  }

  private static Tokenizer loadTokenizer(Path dir, ModelConfig config) {
    Tokenizer tokenizer = Tokenizer.load(dir, config.padTokenId(), config.bosTokenId());
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
  }

  /** {@code config.json} that says how the weights beside it are stored. */
  private static String configJson(ModelConfig config, WeightDtype dtype) {
    if (dtype == WeightDtype.F32) {
      return config.toJson();
    }
    JsonObject json = JsonParser.parseString(config.toJson()).getAsJsonObject();
    json.addProperty("torch_dtype", dtype.torchName());
    return GSON.toJson(json) + "\n";
  }

  private static String generationConfig(ModelConfig config) {
    JsonObject json = new JsonObject();
    json.addProperty("_from_model_config", true);
    config.bosTokenId().ifPresent(id -> json.addProperty("bos_token_id", id));
    List<Integer> eos = config.eosTokenIds();
    json.add(EOS_KEY, GSON.toJsonTree(eos.size() == 1 ? eos.get(0) : eos));
    config.padTokenId().ifPresent(id -> json.addProperty("pad_token_id", id));
    return GSON.toJson(json) + "\n";
  }

  private static void copyOrRemove(Path fromDir, Path toDir, String name) {
    if (Files.exists(fromDir.resolve(name))) {
      copy(fromDir, toDir, name);
      return;
    }
    try {
      Files.deleteIfExists(toDir.resolve(name));
    } catch (IOException e) {
      throw new SpongeException("cannot remove " + toDir.resolve(name) + ": " + e, e);
    }
  }

  private static void copy(Path fromDir, Path toDir, String name) {
    Path from = fromDir.resolve(name);
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(from);
    } catch (IOException e) {
      throw new SpongeException("cannot read " + from + ": " + e.getMessage(), e);
    }
    AtomicFiles.write(
        toDir.resolve(name), channel -> AtomicFiles.writeFully(channel, ByteBuffer.wrap(bytes)));
  }
}
