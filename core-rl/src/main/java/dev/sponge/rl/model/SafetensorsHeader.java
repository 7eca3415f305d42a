package dev.sponge.rl.model;

import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import dev.sponge.rl.UserError;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The checked header of a safetensors file.
 *
 * @param dataStart file position of the first tensor byte
 * @param tensors entries in the order of their bytes
 * @param metadata string pairs of {@code __metadata__}
 */
record SafetensorsHeader(long dataStart, Map<String, Entry> tensors, Map<String, String> metadata) {

  /**
   * One tensor.
   *
   * @param dtype how its values are stored
   * @param begin first byte, counted from the start of the data
   * @param end one past its last byte
   */
  record Entry(WeightDtype dtype, Shape shape, long begin, long end) {
    long length() {
      return end - begin;
    }
  }

  private static final int LENGTH_BYTES = 8;
  private static final int ALIGNMENT = 8;
  // The limit of the reference implementation.
  private static final long MAX_HEADER_BYTES = 100_000_000;
  private static final int MAX_RANK = 8;
  private static final String METADATA = "__metadata__";

  static SafetensorsHeader read(Path file, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < LENGTH_BYTES) {
      throw broken(file, "it has " + size + " bytes, less than the length of a header");
    }
    long length = readFully(channel, 0, LENGTH_BYTES).getLong();
    // Read as unsigned: a negative long is an absurd length too.
    if (length < 2 || length > MAX_HEADER_BYTES || length > size - LENGTH_BYTES) {
      throw broken(
          file,
          "it announces a header of "
              + Long.toUnsignedString(length)
              + " bytes in a file of "
              + size
              + " bytes");
    }
    ByteBuffer bytes = readFully(channel, LENGTH_BYTES, (int) length);
    Parser parser = new Parser(file);
    try {
      parser.parse(StandardCharsets.UTF_8.newDecoder().decode(bytes).toString());
    } catch (CharacterCodingException
        | MalformedJsonException
        | EOFException
        | JsonParseException
        | IllegalStateException
        | NumberFormatException e) {
      throw new UserError(brokenMessage(file, "its header cannot be parsed: " + e.getMessage()), e);
    }
    long dataStart = LENGTH_BYTES + length;
    return new SafetensorsHeader(
        dataStart,
        checkedOrder(file, parser.tensors, size - dataStart),
        Collections.unmodifiableMap(parser.metadata));
  }

  /** Header bytes for these tensors, laid out in the order of the map; ready to be written. */
  static ByteBuffer encode(Map<String, Shape> shapes, WeightDtype dtype) {
    JsonObject header = new JsonObject();
    JsonObject metadata = new JsonObject();
    // transformers refuses files that do not say which framework wrote them.
    metadata.addProperty("format", "pt");
    header.add(METADATA, metadata);
    long position = 0;
    for (Map.Entry<String, Shape> tensor : shapes.entrySet()) {
      if (tensor.getKey().equals(METADATA)) {
        throw new IllegalArgumentException("a tensor cannot be named " + METADATA);
      }
      long end = position + tensor.getValue().size() * dtype.bytes();
      header.add(tensor.getKey(), encodeEntry(dtype, tensor.getValue(), position, end));
      position = end;
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    ByteBuffer bytes =
        ByteBuffer.allocate(LENGTH_BYTES + padded).order(ByteOrder.LITTLE_ENDIAN).putLong(padded);
    bytes.put(json);
    while (bytes.hasRemaining()) {
      bytes.put((byte) ' ');
    }
    return bytes.flip();
  }

  private static JsonObject encodeEntry(WeightDtype dtype, Shape shape, long begin, long end) {
    JsonArray dimensions = new JsonArray();
    for (long dimension : shape.getShape()) {
      dimensions.add(dimension);
    }
    JsonArray offsets = new JsonArray();
    offsets.add(begin);
    offsets.add(end);
    JsonObject entry = new JsonObject();
    entry.addProperty("dtype", dtype.safetensorsName());
    entry.add("shape", dimensions);
    entry.add("data_offsets", offsets);
    return entry;
  }

  /** Sorts by offset and demands that the tensors fill the data without hole or overlap. */
  private static Map<String, Entry> checkedOrder(
      Path file, Map<String, Entry> tensors, long dataBytes) {
    List<Map.Entry<String, Entry>> sorted = new ArrayList<>(tensors.entrySet());
    sorted.sort(
        Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().begin())
            .thenComparingLong(e -> e.getValue().end()));
    Map<String, Entry> ordered = new LinkedHashMap<>();
    long position = 0;
    for (Map.Entry<String, Entry> tensor : sorted) {
      Entry entry = tensor.getValue();
      if (entry.begin() != position) {
        throw broken(
            file,
            "tensor "
                + tensor.getKey()
                + " begins at byte "
                + entry.begin()
                + " where "
                + position
                + " is expected: tensors overlap or leave a hole");
      }
      position = entry.end();
      ordered.put(tensor.getKey(), entry);
    }
    if (position != dataBytes) {
      throw broken(
          file, "its tensors take " + position + " bytes but " + dataBytes + " follow the header");
    }
    return Collections.unmodifiableMap(ordered);
  }

  private static ByteBuffer readFully(FileChannel channel, long position, int length)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, position + bytes.position()) < 0) {
        throw new IOException("the file became shorter while it was read");
      }
    }
    return bytes.flip();
  }

  private static UserError broken(Path file, String cause) {
    return new UserError(brokenMessage(file, cause));
  }

  private static String brokenMessage(Path file, String cause) {
    return file + " is not a whole safetensors file: " + cause + "; copy or download it again";
  }

  /** Streams the header so that repeated names are seen. */
  private static final class Parser {
    private final Path file;
    private final Map<String, Entry> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    Parser(Path file) {
      this.file = file;
    }

    void parse(String json) throws IOException {
      JsonReader reader = new JsonReader(new StringReader(json));
      reader.setStrictness(Strictness.STRICT);
      reader.beginObject();
      boolean metadataSeen = false;
      while (reader.hasNext()) {
        String name = reader.nextName();
        if (name.equals(METADATA)) {
          if (metadataSeen) {
            throw broken(file, METADATA + " appears twice");
          }
          metadataSeen = true;
          parseMetadata(reader);
        } else if (tensors.put(name, parseEntry(name, reader)) != null) {
          throw broken(file, "tensor " + name + " appears twice");
        }
      }
      reader.endObject();
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw broken(file, "something follows its header");
      }
    }

    private void parseMetadata(JsonReader reader) throws IOException {
      reader.beginObject();
      while (reader.hasNext()) {
        metadata.put(reader.nextName(), reader.nextString());
      }
      reader.endObject();
    }

    private Entry parseEntry(String name, JsonReader reader) throws IOException {
      String dtype = null;
      List<Long> shape = null;
      List<Long> offsets = null;
      reader.beginObject();
      while (reader.hasNext()) {
        String key = reader.nextName();
        switch (key) {
          case "dtype" -> dtype = reader.nextString();
          case "shape" -> shape = parseLongs(reader, MAX_RANK);
          case "data_offsets" -> offsets = parseLongs(reader, 2);
          default -> throw broken(file, "tensor " + name + " has an unknown key " + key);
        }
      }
      reader.endObject();
      if (dtype == null || shape == null || offsets == null || offsets.size() != 2) {
        throw broken(file, "tensor " + name + " lacks dtype, shape or two data_offsets");
      }
      return checkedEntry(name, knownDtype(name, dtype), shape, offsets);
    }

    private WeightDtype knownDtype(String name, String dtype) {
      return WeightDtype.ofSafetensors(dtype)
          .orElseThrow(
              () ->
                  new UserError(
                      file
                          + ": tensor "
                          + name
                          + " has dtype "
                          + dtype
                          + ", supported are "
                          + WeightDtype.safetensorsNames()
                          + "; use a model whose weights are not quantised, or convert it"));
    }

    private Entry checkedEntry(
        String name, WeightDtype dtype, List<Long> shape, List<Long> offsets) {
      long begin = offsets.get(0);
      long end = offsets.get(1);
      long bytes = dtype.bytes();
      try {
        for (long dimension : shape) {
          if (dimension < 0) {
            throw broken(file, "tensor " + name + " has a negative dimension in shape " + shape);
          }
          bytes = Math.multiplyExact(bytes, dimension);
        }
      } catch (ArithmeticException e) {
        throw new UserError(
            brokenMessage(file, "tensor " + name + " has an absurd shape " + shape), e);
      }
      if (begin < 0 || end < begin || end - begin != bytes) {
        throw broken(
            file,
            "tensor "
                + name
                + " of dtype "
                + dtype
                + " and shape "
                + shape
                + " needs "
                + bytes
                + " bytes but has data_offsets "
                + offsets);
      }
      return new Entry(dtype, new Shape(shape), begin, end);
    }

    private List<Long> parseLongs(JsonReader reader, int limit) throws IOException {
      List<Long> values = new ArrayList<>();
      reader.beginArray();
      while (reader.hasNext()) {
        if (values.size() == limit) {
          throw broken(file, "a list of its header has more than " + limit + " numbers");
        }
        values.add(reader.nextLong());
      }
      reader.endArray();
      return values;
    }
  }
}
