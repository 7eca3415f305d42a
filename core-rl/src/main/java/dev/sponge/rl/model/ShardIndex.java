package dev.sponge.rl.model;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
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
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * {@code model.safetensors.index.json}: which file of a sharded model holds which tensor.
 *
 * @param fileByTensor tensor name to the name of a file of the same directory, in the order of the
 *     index
 */
record ShardIndex(Map<String, String> fileByTensor) {
  /** Name of the index in a model directory. */
  static final String FILE_NAME = "model.safetensors.index.json";

  // An entry is a few dozen bytes; a larger index is something else.
  private static final long MAX_BYTES = 64L << 20;
  private static final String WEIGHT_MAP = "weight_map";
  // No separator of any platform, no drive, no dot in front: a file of the directory itself.
  private static final Pattern PLAIN_NAME =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.+ -]*\\.safetensors");

  ShardIndex {
    fileByTensor = Collections.unmodifiableMap(new LinkedHashMap<>(fileByTensor));
  }

  /**
   * Reads and checks the index itself, not the shards.
   *
   * @throws UserError when it is broken, names a tensor twice or a file outside the directory
   */
  static ShardIndex read(Path file) {
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new UserError(file + " has " + size + " bytes, too many for a shard index");
      }
      try (JsonReader reader = new JsonReader(Files.newBufferedReader(file))) {
        reader.setStrictness(Strictness.STRICT);
        return new ShardIndex(parse(file, reader));
      }
    } catch (JsonParseException
        | MalformedJsonException
        | CharacterCodingException
        | EOFException
        | IllegalStateException
        | NumberFormatException e) {
      throw new UserError(file + " is not a shard index: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new SpongeException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static Map<String, String> parse(Path file, JsonReader reader) throws IOException {
    Map<String, String> fileByTensor = null;
    reader.beginObject();
    while (reader.hasNext()) {
      if (!reader.nextName().equals(WEIGHT_MAP)) {
        reader.skipValue();
      } else if (fileByTensor != null) {
        throw new UserError(file + " has two " + WEIGHT_MAP);
      } else {
        fileByTensor = parseMap(file, reader);
      }
    }
    reader.endObject();
    if (reader.peek() != JsonToken.END_DOCUMENT) {
      throw new UserError(file + " is not a shard index: something follows its end");
    }
    if (fileByTensor == null || fileByTensor.isEmpty()) {
      throw new UserError(file + " has no " + WEIGHT_MAP + "; copy or download it again");
    }
    return fileByTensor;
  }

  private static Map<String, String> parseMap(Path file, JsonReader reader) throws IOException {
    Map<String, String> fileByTensor = new LinkedHashMap<>();
    reader.beginObject();
    while (reader.hasNext()) {
      String tensor = reader.nextName();
      String shard = reader.nextString();
      if (!PLAIN_NAME.matcher(shard).matches()) {
        throw new UserError(
            file
                + ": tensor "
                + tensor
                + " lies in \""
                + shard
                + "\", which is no plain .safetensors file name of this directory");
      }
      if (fileByTensor.put(tensor, shard) != null) {
        throw new UserError(file + " names tensor " + tensor + " twice");
      }
    }
    reader.endObject();
    return fileByTensor;
  }

  /** The index as transformers writes it; {@code totalSize} counts the bytes of all tensors. */
  String toJson(long totalSize) {
    JsonObject metadata = new JsonObject();
    metadata.addProperty("total_size", totalSize);
    JsonObject map = new JsonObject();
    fileByTensor.forEach(map::addProperty);
    JsonObject json = new JsonObject();
    json.add("metadata", metadata);
    json.add(WEIGHT_MAP, map);
    return new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(json) + "\n";
  }
}
