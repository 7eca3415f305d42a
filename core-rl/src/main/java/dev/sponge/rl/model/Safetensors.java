package dev.sponge.rl.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A safetensors file of float32 tensors: eight bytes little-endian header length, a JSON header,
 * the tensor bytes (https://github.com/huggingface/safetensors, "Format").
 *
 * <p>Reading maps tensors into memory one at a time, so a file may exceed the Java heap. The whole
 * header is checked before any tensor is touched: lengths, offsets without holes or overlaps,
 * dtype, shape. Writing is deterministic (given order, fixed metadata) and atomic.
 */
public final class Safetensors implements AutoCloseable {
  /** One tensor in Java memory; {@code values} is read from its position to its limit. */
  public record FloatTensor(Shape shape, FloatBuffer values) {}

  /** Bytes of a float32. */
  private static final int FLOAT_BYTES = Float.BYTES;

  private record Source(String name, Shape shape, ByteSupplier bytes) {}

  @FunctionalInterface
  private interface ByteSupplier {
    ByteBuffer littleEndianBytes();
  }

  private final Path file;
  private final FileChannel channel;
  private final SafetensorsHeader header;

  private Safetensors(Path file, FileChannel channel, SafetensorsHeader header) {
    this.file = file;
    this.channel = channel;
    this.header = header;
  }

  /**
   * Opens a file and checks its header against its length.
   *
   * @throws UserError when the file is missing, not safetensors, damaged, or holds another dtype
   */
  public static Safetensors open(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new UserError(file + " is missing or not a file");
    }
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
      SafetensorsHeader header = SafetensorsHeader.read(file, channel);
      Safetensors opened = new Safetensors(file, channel, header);
      channel = null;
      return opened;
    } catch (IOException e) {
      throw new SpongeException("cannot read " + file + ": " + e.getMessage(), e);
    } finally {
      closeQuietly(channel);
    }
  }

  /** Tensor names in the order of their bytes in the file. */
  public Set<String> names() {
    return header.tensors().keySet();
  }

  /** The string pairs under {@code __metadata__}; empty when the file has none. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /**
   * Shape of a tensor.
   *
   * @throws UserError when the file has no tensor of this name
   */
  public Shape shape(String name) {
    return entry(name).shape();
  }

  /**
   * A tensor as a read-only view of the file.
   *
   * @return as many floats as the shape holds, row-major; valid after {@link #close()}, but only as
   *     long as nobody truncates the file
   * @throws UserError when the file has no tensor of this name
   */
  public FloatBuffer floats(String name) {
    return map(entry(name)).asFloatBuffer();
  }

  /**
   * Copies a tensor into memory of the engine, owned by the manager and independent of the file.
   *
   * @throws UserError when the file has no tensor of this name
   */
  public NDArray read(String name, NDManager manager) {
    SafetensorsHeader.Entry entry = entry(name);
    if (entry.shape().size() == 0) {
      return manager.zeros(entry.shape(), DataType.FLOAT32);
    }
    ByteBuffer bytes = map(entry);
    boolean aligned = bytes.alignedSlice(FLOAT_BYTES).capacity() == bytes.capacity();
    if (!aligned) {
      return manager.create(bytes.asFloatBuffer(), entry.shape());
    }
    // DJL lets a CPU array share a direct buffer; the copy frees the weights from the file's fate.
    try (NDArray view = manager.create(bytes, entry.shape(), DataType.FLOAT32)) {
      return view.duplicate();
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

  /**
   * Writes float32 arrays in the order of the map; replaces the file atomically.
   *
   * @param tensors name to array, at most 2 GiB each
   * @throws SpongeException when writing fails; no partial file is left
   */
  public static void write(Path file, Map<String, NDArray> tensors) {
    List<Source> sources = new ArrayList<>();
    tensors.forEach(
        (name, array) -> {
          checkFloat32(name, array);
          sources.add(new Source(name, array.getShape(), () -> bytesOf(array)));
        });
    writeSources(file, sources);
  }

  /**
   * Writes tensors of Java memory in the order of the map; replaces the file atomically.
   *
   * @throws IllegalArgumentException when a shape does not hold as many values as its buffer
   * @throws SpongeException when writing fails; no partial file is left
   */
  public static void writeFloats(Path file, Map<String, FloatTensor> tensors) {
    List<Source> sources = new ArrayList<>();
    tensors.forEach(
        (name, tensor) -> {
          if (tensor.shape().size() != tensor.values().remaining()) {
            throw new IllegalArgumentException(
                "tensor "
                    + name
                    + " has shape "
                    + tensor.shape()
                    + " and "
                    + tensor.values().remaining()
                    + " values");
          }
          sources.add(new Source(name, tensor.shape(), () -> littleEndian(tensor.values())));
        });
    writeSources(file, sources);
  }

  /** Little-endian bytes of a float32 array, a view where the array is contiguous on the CPU. */
  static ByteBuffer bytesOf(NDArray array) {
    if (!array.getDevice().equals(Device.cpu())) {
      // DJL would keep its own CPU copy alive as long as the array's manager.
      try (NDArray onCpu = array.toDevice(Device.cpu(), true)) {
        return onCpu.toByteBuffer(false).order(ByteOrder.LITTLE_ENDIAN);
      }
    }
    return array.toByteBuffer(true).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void writeSources(Path file, List<Source> sources) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    sources.forEach(source -> shapes.put(source.name(), source.shape()));
    ByteBuffer header = SafetensorsHeader.encode(shapes);
    AtomicFiles.write(
        file,
        out -> {
          AtomicFiles.writeFully(out, header);
          for (Source source : sources) {
            AtomicFiles.writeFully(out, source.bytes().littleEndianBytes());
          }
        });
  }

  private static void checkFloat32(String name, NDArray array) {
    if (array.getDataType() != DataType.FLOAT32) {
      throw new IllegalArgumentException(
          "tensor " + name + " is " + array.getDataType() + ", only float32 is written");
    }
  }

  private static ByteBuffer littleEndian(FloatBuffer values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.remaining(), FLOAT_BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values.duplicate());
    return bytes;
  }

  private SafetensorsHeader.Entry entry(String name) {
    SafetensorsHeader.Entry entry = header.tensors().get(name);
    if (entry == null) {
      throw new UserError(file + " has no tensor " + name);
    }
    return entry;
  }

  private ByteBuffer map(SafetensorsHeader.Entry entry) {
    try {
      return channel
          .map(FileChannel.MapMode.READ_ONLY, header.dataStart() + entry.begin(), entry.length())
          .order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new SpongeException("cannot map " + file + ": " + e.getMessage(), e);
    }
  }

  private static void closeQuietly(FileChannel channel) {
    if (channel == null) {
      return;
    }
    try {
      channel.close();
    } catch (IOException e) {
      throw new SpongeException("cannot close a file that failed its checks: " + e.getMessage(), e);
    }
  }
}
