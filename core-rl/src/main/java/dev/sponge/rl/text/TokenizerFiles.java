package dev.sponge.rl.text;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the native tokenizer does not tell: ids by token, and the names of the special tokens.
 *
 * @param file {@code tokenizer.json}
 * @param idByToken the vocabulary and the added tokens
 * @param configFile {@code tokenizer_config.json}
 * @param config its content, and the special tokens that {@code special_tokens_map.json} alone
 *     names
 */
record TokenizerFiles(
    Path file, Map<String, Integer> idByToken, Path configFile, JsonObject config) {

  private static final String SPECIAL_TOKENS_MAP = "special_tokens_map.json";

  @FunctionalInterface
  private interface Parser<T> {
    T parse(JsonReader reader) throws IOException;
  }

  static TokenizerFiles read(Path file, Path configFile) {
    Map<String, Integer> idByToken = parse(file, TokenizerFiles::vocabulary);
    JsonObject config = readConfig(configFile);
    if (idByToken.isEmpty()) {
      throw new UserError(file + " has an empty vocabulary");
    }
    return new TokenizerFiles(file, idByToken, configFile, config);
  }

  /**
   * Content of a {@code tokenizer_config.json}, with the special tokens that {@code
   * special_tokens_map.json} beside it alone names.
   */
  static JsonObject readConfig(Path configFile) {
    JsonObject config = parseObject(configFile);
    Path map = configFile.resolveSibling(SPECIAL_TOKENS_MAP);
    if (Files.exists(map)) {
      for (Map.Entry<String, JsonElement> token : parseObject(map).entrySet()) {
        if (!config.has(token.getKey())) {
          config.add(token.getKey(), token.getValue());
        }
      }
    }
    return config;
  }

  private static JsonObject parseObject(Path file) {
    JsonElement json = parse(file, JsonParser::parseReader);
    if (!json.isJsonObject()) {
      throw new UserError(file + " must hold a JSON object");
    }
    return json.getAsJsonObject();
  }

  /** The token that a key of {@code tokenizer_config.json} names, empty if it is not set. */
  static Optional<String> specialToken(JsonObject config, String key) {
    JsonElement value = config.get(key);
    // Older files wrap the token in an object with its matching rules.
    if (value != null && value.isJsonObject()) {
      value = value.getAsJsonObject().get("content");
    }
    return value != null && value.isJsonPrimitive() && value.getAsJsonPrimitive().isString()
        ? Optional.of(value.getAsString())
        : Optional.empty();
  }

  /** Id of the token that a key of {@code tokenizer_config.json} names. */
  int requiredTokenId(String key) {
    return tokenId(key)
        .orElseThrow(
            () -> new UserError(configFile + " sets no " + key + "; add the token under this key"));
  }

  /** The same, empty if it is not set. */
  OptionalInt tokenId(String key) {
    Optional<String> token = specialToken(config, key);
    if (token.isEmpty()) {
      return OptionalInt.empty();
    }
    Integer id = idByToken.get(token.get());
    if (id == null) {
      throw new UserError(
          configFile
              + ": "
              + key
              + " = \""
              + token.get()
              + "\" is not in the vocabulary of "
              + file);
    }
    return OptionalInt.of(id);
  }

  int vocabSize() {
    return 1 + idByToken.values().stream().mapToInt(Integer::intValue).max().orElse(-1);
  }

  private static <T> T parse(Path path, Parser<T> parser) {
    if (!Files.isRegularFile(path)) {
      throw new UserError(path + " is missing or not a file");
    }
    try (JsonReader reader = new JsonReader(Files.newBufferedReader(path))) {
      reader.setStrictness(Strictness.STRICT);
      T result = parser.parse(reader);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new UserError(path + " is not valid JSON: something follows its end");
      }
      return result;
    } catch (JsonParseException
        | MalformedJsonException
        | CharacterCodingException
        | EOFException
        | IllegalStateException
        | NumberFormatException e) {
      throw new UserError(path + " is not valid JSON of a tokenizer: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new SpongeException("cannot read " + path + ": " + e.getMessage(), e);
    }
  }

  /** Streams the file: a large vocabulary comes with as many merges, which are of no interest. */
  private static Map<String, Integer> vocabulary(JsonReader reader) throws IOException {
    Map<String, Integer> ids = new HashMap<>();
    reader.beginObject();
    while (reader.hasNext()) {
      switch (reader.nextName()) {
        case "added_tokens" -> readAddedTokens(reader, ids);
        case "model" -> readModel(reader, ids);
        default -> reader.skipValue();
      }
    }
    reader.endObject();
    return ids;
  }

  private static void readModel(JsonReader reader, Map<String, Integer> ids) throws IOException {
    reader.beginObject();
    while (reader.hasNext()) {
      if (!reader.nextName().equals("vocab")) {
        reader.skipValue();
      } else if (reader.peek() == JsonToken.BEGIN_ARRAY) {
        readScoredVocabulary(reader, ids);
      } else {
        reader.beginObject();
        while (reader.hasNext()) {
          ids.put(reader.nextName(), readId(reader));
        }
        reader.endObject();
      }
    }
    reader.endObject();
  }

  /** Unigram models list pairs of token and score; the id is the position. */
  private static void readScoredVocabulary(JsonReader reader, Map<String, Integer> ids)
      throws IOException {
    int id = 0;
    reader.beginArray();
    while (reader.hasNext()) {
      reader.beginArray();
      ids.put(reader.nextString(), id++);
      reader.skipValue();
      reader.endArray();
    }
    reader.endArray();
  }

  private static void readAddedTokens(JsonReader reader, Map<String, Integer> ids)
      throws IOException {
    reader.beginArray();
    while (reader.hasNext()) {
      String content = null;
      int id = -1;
      reader.beginObject();
      while (reader.hasNext()) {
        switch (reader.nextName()) {
          case "content" -> content = reader.nextString();
          case "id" -> id = readId(reader);
          default -> reader.skipValue();
        }
      }
      reader.endObject();
      if (content == null || id < 0) {
        throw new IllegalStateException("an added token lacks content or id");
      }
      ids.put(content, id);
    }
    reader.endArray();
  }

  private static int readId(JsonReader reader) throws IOException {
    int id = reader.nextInt();
    if (id < 0) {
      throw new IllegalStateException("token id " + id + " is negative");
    }
    return id;
  }
}
