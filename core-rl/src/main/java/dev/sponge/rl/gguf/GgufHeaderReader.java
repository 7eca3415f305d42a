package dev.sponge.rl.gguf;

import dev.sponge.rl.UserError;
import java.io.IOException;
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
 * Reads a header (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): magic, version,
 * counts, metadata, tensor descriptions; then the tensor data, aligned. Each length is compared
 * with what is left of the file before it is used.
 */
final class GgufHeaderReader {
  private static final int MAGIC = 0x46554747; // "GGUF"
  private static final List<Integer> VERSIONS = List.of(2, 3);
  private static final int DEFAULT_ALIGNMENT = 32;
  private static final int MAX_ALIGNMENT = 1 << 20;
  private static final String ALIGNMENT = "general.alignment";
  private static final int MAX_KEY_BYTES = 65_535;
  private static final int MAX_RANK = 4;
  // Nothing that a model needs is nested at all.
  private static final int MAX_NESTING = 4;
  // Java arrays end a little below 2^31.
  private static final long MAX_ELEMENTS = Integer.MAX_VALUE - 16L;
  // Length of key, type, and a value of one byte.
  private static final int LEAST_PAIR_BYTES = 13;
  // Length of name, rank, one dimension, type, offset.
  private static final int LEAST_TENSOR_BYTES = 32;

  private final Path file;
  private final long fileBytes;
  private final ByteBuffer bytes;

  private record Description(String name, List<Long> shape, GgmlType type, long offset) {}

  private GgufHeaderReader(Path file, long fileBytes, ByteBuffer bytes) {
    this.file = file;
    this.fileBytes = fileBytes;
    this.bytes = bytes;
  }

  /**
   * Reads and checks a header.
   *
   * @throws UserError when the file is no GGUF file, damaged, or holds what cannot be read
   */
  static GgufHeader read(Path file, FileChannel channel) throws IOException {
    long size = channel.size();
    ByteBuffer start =
        channel
            .map(FileChannel.MapMode.READ_ONLY, 0, Math.min(size, Integer.MAX_VALUE))
            .order(ByteOrder.LITTLE_ENDIAN);
    return new GgufHeaderReader(file, size, start).read();
  }

  private GgufHeader read() {
    if (bytes.remaining() < Integer.BYTES || bytes.getInt() != MAGIC) {
      throw new UserError(file + " is no GGUF file: it does not start with \"GGUF\"");
    }
    checkVersion(number("the version"));
    int tensorCount = count("tensors", LEAST_TENSOR_BYTES);
    int pairCount = count("metadata pairs", LEAST_PAIR_BYTES);
    GgufMetadata metadata = new GgufMetadata(file, pairs(pairCount));
    List<Description> descriptions = new ArrayList<>();
    for (int i = 0; i < tensorCount; i++) {
      descriptions.add(description("tensor " + i + " of " + tensorCount));
    }
    return new GgufHeader(metadata, located(descriptions, alignment(metadata)));
  }

  private void checkVersion(int version) {
    if (!VERSIONS.contains(version)) {
      // A big-endian 3 reads as 3 << 24.
      String cause = (version & 0xFFFF) == 0 && version != 0 ? " (a big-endian file)" : "";
      throw new UserError(
          file
              + " has GGUF version "
              + Integer.toUnsignedString(version)
              + cause
              + "; Sponge reads little-endian files of versions 2 and 3, convert it again");
    }
  }

  private int alignment(GgufMetadata metadata) {
    int alignment = metadata.natural(ALIGNMENT).orElse(DEFAULT_ALIGNMENT);
    if (Integer.bitCount(alignment) != 1 || alignment > MAX_ALIGNMENT) {
      throw metadata.wrong(
          ALIGNMENT, "= " + alignment + " must be a power of two, at most " + MAX_ALIGNMENT);
    }
    return alignment;
  }

  private Map<String, GgufValue> pairs(int count) {
    Map<String, GgufValue> pairs = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      String key = name("the key of metadata pair " + i);
      GgufValue value = value(type("key " + key), "key " + key);
      if (pairs.put(key, value) != null) {
        throw broken("key " + key + " stands there twice");
      }
    }
    return Collections.unmodifiableMap(pairs);
  }

  private GgufValue value(GgufValue.Type type, String where) {
    return switch (type) {
      case STRING -> new GgufValue.Text(take(length(where), where));
      case ARRAY -> array(where, 1);
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, FLOAT32, BOOL, UINT64, INT64, FLOAT64 ->
          new GgufValue.Scalar(type, take(type.leastBytes(), where));
    };
  }

  private GgufValue.ArrayOf array(String where, int depth) {
    if (depth > MAX_NESTING) {
      throw broken(where + " nests arrays more than " + MAX_NESTING + " deep");
    }
    GgufValue.Type elementType = type(where);
    need(Long.BYTES, where);
    long claimed = bytes.getLong();
    long room = bytes.remaining() / elementType.leastBytes();
    if (claimed < 0 || claimed > room) {
      throw broken(
          where
              + " claims "
              + Long.toUnsignedString(claimed)
              + " elements, but the file has room for "
              + room);
    }
    int count = (int) claimed;
    int start = bytes.position();
    switch (elementType) {
      case STRING -> {
        for (int i = 0; i < count; i++) {
          take(length(where), where);
        }
      }
      case ARRAY -> {
        for (int i = 0; i < count; i++) {
          array(where, depth + 1);
        }
      }
      default -> take((long) count * elementType.leastBytes(), where);
    }
    return new GgufValue.ArrayOf(elementType, count, slice(start, bytes.position() - start));
  }

  private Description description(String where) {
    String name = name("the name of " + where);
    String tensor = "tensor " + name;
    int rank = number(tensor);
    if (rank < 1 || rank > MAX_RANK) {
      throw broken(
          tensor
              + " has "
              + Integer.toUnsignedString(rank)
              + " dimensions; 1 to "
              + MAX_RANK
              + " are possible");
    }
    need((long) rank * Long.BYTES, tensor);
    List<Long> shape = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      shape.add(0, bytes.getLong());
    }
    int typeId = number(tensor);
    need(Long.BYTES, tensor);
    long offset = bytes.getLong();
    GgmlType type =
        GgmlType.ofId(typeId)
            .orElseThrow(
                () ->
                    new UserError(
                        file
                            + ": "
                            + tensor
                            + " has type "
                            + GgmlType.nameOf(typeId)
                            + ", which is not supported; take a file with "
                            + List.of(GgmlType.values())));
    checkShape(tensor, shape, type);
    return new Description(name, List.copyOf(shape), type, offset);
  }

  private void checkShape(String tensor, List<Long> shape, GgmlType type) {
    long elements = 1;
    for (long size : shape) {
      if (size < 1 || size > MAX_ELEMENTS / elements) {
        throw broken(tensor + " has shape " + shape + ", which is empty or beyond " + MAX_ELEMENTS);
      }
      elements *= size;
    }
    long row = shape.get(shape.size() - 1);
    if (row % type.blockSize() != 0) {
      throw broken(
          tensor
              + " of type "
              + type
              + " has rows of "
              + row
              + " values, no multiple of "
              + type.blockSize());
    }
  }

  /** Turns offsets into file positions and demands that they lie in the file, apart. */
  private Map<String, GgufTensor> located(List<Description> descriptions, int alignment) {
    long dataStart = ((long) bytes.position() + alignment - 1) / alignment * alignment;
    Map<String, GgufTensor> tensors = new LinkedHashMap<>();
    for (Description d : descriptions) {
      long elements = d.shape().stream().reduce(1L, Math::multiplyExact);
      long length = elements / d.type().blockSize() * d.type().blockBytes();
      long room = fileBytes - dataStart;
      if (d.offset() < 0 || d.offset() > room || length > room - d.offset()) {
        throw broken(
            "tensor "
                + d.name()
                + " takes "
                + length
                + " bytes from offset "
                + Long.toUnsignedString(d.offset())
                + ", but the file holds "
                + Math.max(room, 0)
                + " bytes of data");
      }
      if (d.offset() % alignment != 0) {
        throw broken(
            "tensor " + d.name() + " at offset " + d.offset() + " is not aligned to " + alignment);
      }
      GgufTensor tensor =
          new GgufTensor(d.name(), d.shape(), d.type(), dataStart + d.offset(), length);
      if (tensors.put(d.name(), tensor) != null) {
        throw broken("tensor " + d.name() + " stands there twice");
      }
    }
    checkApart(tensors);
    return Collections.unmodifiableMap(tensors);
  }

  private void checkApart(Map<String, GgufTensor> tensors) {
    List<GgufTensor> sorted = new ArrayList<>(tensors.values());
    sorted.sort(Comparator.comparingLong(GgufTensor::position));
    for (int i = 1; i < sorted.size(); i++) {
      GgufTensor before = sorted.get(i - 1);
      if (before.position() + before.bytes() > sorted.get(i).position()) {
        throw broken("tensors " + before.name() + " and " + sorted.get(i).name() + " overlap");
      }
    }
  }

  private GgufValue.Type type(String where) {
    int id = number(where);
    GgufValue.Type[] types = GgufValue.Type.values();
    if (id < 0 || id >= types.length) {
      throw broken(where + " has the unknown value type " + Integer.toUnsignedString(id));
    }
    return types[id];
  }

  private int count(String what, int leastBytes) {
    need(Long.BYTES, "the number of " + what);
    long count = bytes.getLong();
    long room = bytes.remaining() / leastBytes;
    if (count < 0 || count > room) {
      throw broken(
          "it claims "
              + Long.toUnsignedString(count)
              + " "
              + what
              + ", but has room for "
              + room
              + " at most");
    }
    return (int) count;
  }

  private int number(String where) {
    need(Integer.BYTES, where);
    return bytes.getInt();
  }

  private String name(String where) {
    long length = length(where);
    if (length < 1 || length > MAX_KEY_BYTES) {
      throw broken(where + " has " + length + " bytes; 1 to " + MAX_KEY_BYTES + " are possible");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(take(length, where)).toString();
    } catch (CharacterCodingException e) {
      throw new UserError(file + " is damaged: " + where + " is not UTF-8", e);
    }
  }

  private long length(String where) {
    need(Long.BYTES, where);
    return bytes.getLong();
  }

  private ByteBuffer take(long length, String where) {
    need(length, where);
    int start = bytes.position();
    bytes.position(start + (int) length);
    return slice(start, (int) length);
  }

  private ByteBuffer slice(int start, int length) {
    return bytes.slice(start, length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void need(long length, String where) {
    if (length < 0 || length > bytes.remaining()) {
      throw broken(
          where
              + " needs "
              + Long.toUnsignedString(length)
              + " bytes at position "
              + bytes.position()
              + ", where "
              + bytes.remaining()
              + " are left");
    }
  }

  private UserError broken(String what) {
    return new UserError(file + " is damaged: " + what + "; copy or convert it again");
  }
}
