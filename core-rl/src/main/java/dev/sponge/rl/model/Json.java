package dev.sponge.rl.model;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Strict reading of small JSON files. */
final class Json {
  // Configurations and manifests are kilobytes; a file above this is something else.
  private static final long MAX_BYTES = 64L << 20;

  private Json() {}

  /**
   * Reads a file that holds one JSON object.
   *
   * @throws UserError when the file is missing, too large, or no JSON object
   */
  static JsonObject readObject(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new UserError(file + " is missing or not a file");
    }
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new UserError(
            file + " is larger than " + MAX_BYTES + " bytes: not a JSON file of a model");
      }
      JsonReader reader = new JsonReader(new StringReader(Files.readString(file)));
      reader.setStrictness(Strictness.STRICT);
      JsonElement element = JsonParser.parseReader(reader);
      if (!element.isJsonObject()) {
        throw new UserError(file + " must hold a JSON object");
      }
      return element.getAsJsonObject();
    } catch (JsonParseException | CharacterCodingException e) {
      throw new UserError(file + " is not valid JSON: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new SpongeException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }
}
