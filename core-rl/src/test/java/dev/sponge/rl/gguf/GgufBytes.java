package dev.sponge.rl.gguf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Bytes of a GGUF file, field by field, true or not. */
final class GgufBytes {
  static final int FLOAT32 = 6;
  static final int STRING = 8;
  static final int ARRAY = 9;
  static final int UINT32 = 4;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** Magic and counts. */
  static GgufBytes start(int version, long tensors, long pairs) {
    GgufBytes file = new GgufBytes();
    file.bytes.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    return file.int32(version).int64(tensors).int64(pairs);
  }

  GgufBytes int32(int value) {
    return put(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value));
  }

  GgufBytes int64(long value) {
    return put(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value));
  }

  GgufBytes float32(float value) {
    return put(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value));
  }

  GgufBytes string(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int64(utf8.length);
    bytes.writeBytes(utf8);
    return this;
  }

  /** Metadata up to its value. */
  GgufBytes key(String key, int type) {
    return string(key).int32(type);
  }

  /**
   * Description of a tensor.
   *
   * @param sizes innermost first, as in the file
   */
  GgufBytes tensor(String name, int type, long offset, long... sizes) {
    string(name).int32(sizes.length);
    for (long size : sizes) {
      int64(size);
    }
    return int32(type).int64(offset);
  }

  /** Zeros up to a multiple of 32, then data. */
  GgufBytes data(int length) {
    bytes.writeBytes(new byte[(32 - bytes.size() % 32) % 32 + length]);
    return this;
  }

  Path write(Path directory) {
    try {
      return Files.write(directory.resolve("test.gguf"), bytes.toByteArray());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private GgufBytes put(ByteBuffer buffer) {
    buffer.flip();
    while (buffer.hasRemaining()) {
      bytes.write(buffer.get());
    }
    return this;
  }
}
