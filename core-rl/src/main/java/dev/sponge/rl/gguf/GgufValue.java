package dev.sponge.rl.gguf;

import java.nio.ByteBuffer;

/**
 * A metadata value as a view of the mapped file: reading a header costs no memory that the file
 * does not have. Buffers are little-endian and read from index 0.
 */
sealed interface GgufValue {
  /** Types of values (ggml's gguf.md, {@code gguf_metadata_value_type}), in the order of ids. */
  enum Type {
    UINT8(1),
    INT8(1),
    UINT16(2),
    INT16(2),
    UINT32(4),
    INT32(4),
    FLOAT32(4),
    BOOL(1),
    STRING(Long.BYTES),
    ARRAY(Integer.BYTES + Long.BYTES),
    UINT64(8),
    INT64(8),
    FLOAT64(8);

    private final int leastBytes;

    Type(int leastBytes) {
      this.leastBytes = leastBytes;
    }

    /** Size in the file; of strings and arrays that of an empty one. */
    int leastBytes() {
      return leastBytes;
    }
  }

  /** A number or truth value. */
  record Scalar(Type type, ByteBuffer bytes) implements GgufValue {}

  /** A string, not yet decoded. */
  record Text(ByteBuffer utf8) implements GgufValue {}

  /** An array whose elements lie inside the file; strings carry their length in front. */
  record ArrayOf(Type elementType, int count, ByteBuffer bytes) implements GgufValue {}
}
