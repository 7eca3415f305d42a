package dev.sponge.rl.gguf;

import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.IntStream;

/** An open GGUF file whose header has been checked. */
final class GgufFile implements AutoCloseable {
  // A multiple of every block size; what one thread does at a time.
  private static final int CHUNK_ELEMENTS = 1 << 18;
  private static final int CHUNKS_PER_MAPPING = 512;

  private final Path file;
  private final FileChannel channel;
  private final GgufHeader header;

  private GgufFile(Path file, FileChannel channel, GgufHeader header) {
    this.file = file;
    this.channel = channel;
    this.header = header;
  }

  /**
   * Opens a file and checks its header against its length.
   *
   * @throws UserError when the file is missing, no GGUF, damaged, or holds what cannot be read
   */
  static GgufFile open(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new UserError(file + " is missing or not a file");
    }
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      try {
        return new GgufFile(file, channel, GgufHeaderReader.read(file, channel));
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new SpongeException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  GgufHeader header() {
    return header;
  }

  /**
   * Reads a tensor and dequantises it, on all processors; the values do not depend on their number.
   *
   * @return as many values as the shape holds, row-major
   * @throws UserError when a value is not finite
   */
  float[] floats(GgufTensor tensor) {
    float[] values = new float[tensor.elements()];
    int perMapping = CHUNKS_PER_MAPPING * CHUNK_ELEMENTS;
    try {
      for (int from = 0; from < values.length; ) {
        int elements = Math.min(perMapping, values.length - from);
        decode(tensor, from, elements, values);
        from += elements;
      }
    } catch (UncheckedIOException e) {
      throw new SpongeException(
          "cannot read tensor " + tensor.name() + " of " + file + ": " + e.getMessage(), e);
    }
    return values;
  }

  private void decode(GgufTensor tensor, int from, int elements, float[] values) {
    GgmlType type = tensor.type();
    ByteBuffer mapped =
        map(tensor.position() + bytes(type, from), Math.toIntExact(bytes(type, elements)));
    int chunks = (elements + CHUNK_ELEMENTS - 1) / CHUNK_ELEMENTS;
    IntStream.range(0, chunks)
        .parallel()
        .forEach(
            chunk -> {
              int first = chunk * CHUNK_ELEMENTS;
              int count = Math.min(CHUNK_ELEMENTS, elements - first);
              ByteBuffer blocks =
                  mapped
                      .slice((int) bytes(type, first), (int) bytes(type, count))
                      .order(ByteOrder.LITTLE_ENDIAN);
              Dequantizer.decode(type, blocks, values, from + first);
              checkFinite(tensor, values, from + first, count);
            });
  }

  private static long bytes(GgmlType type, int elements) {
    return (long) (elements / type.blockSize()) * type.blockBytes();
  }

  private ByteBuffer map(long position, int length) {
    try {
      return channel.map(FileChannel.MapMode.READ_ONLY, position, length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void checkFinite(GgufTensor tensor, float[] values, int from, int count) {
    for (int i = from; i < from + count; i++) {
      if (!Float.isFinite(values[i])) {
        throw new UserError(
            file
                + ": tensor "
                + tensor.name()
                + " holds NaN or infinite values (the first at index "
                + i
                + "); copy or convert it again");
      }
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new SpongeException("cannot close " + file + ": " + e.getMessage(), e);
    }
  }
}
