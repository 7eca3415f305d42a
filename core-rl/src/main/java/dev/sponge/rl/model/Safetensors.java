package dev.sponge.rl.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import dev.sponge.rl.tensor.DtypeKernels;
import dev.sponge.rl.tensor.TorchEngine;
import java.io.IOException;
import java.nio.ByteBuffer;
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
 * A safetensors file of float32, float16 or bfloat16 tensors: eight bytes little-endian header
 * length, a JSON header, the tensor bytes (https://github.com/huggingface/safetensors, "Format").
 *
 * <p>Reading maps pieces of tensors into memory one at a time, so a file may exceed the Java heap
 * and a tensor 2 GiB. The whole header is checked before any tensor is touched: lengths, offsets
 * without holes or overlaps, dtype, shape. Writing is deterministic (given order, fixed metadata)
 * and atomic.
 */
public final class Safetensors implements AutoCloseable {
  /** Bytes that are mapped at a time; a multiple of every dtype's width. */
  static final int PIECE_BYTES = 1 << 22;

  private record Source(String name, Shape shape, Content content) {}

  @FunctionalInterface
  private interface Content {
    void writeTo(TensorBytes bytes, TensorBytes.Sink sink) throws IOException;
  }

  private final Path file;
  private final FileChannel channel;
  private final SafetensorsHeader header;
  private NDManager engine;
  private DtypeKernels kernels;

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
   * How a tensor is stored.
   *
   * @throws UserError when the file has no tensor of this name
   */
  public WeightDtype dtype(String name) {
    return entry(name).dtype();
  }

  /**
   * Reads a tensor into memory of the engine as float32, owned by the manager and independent of
   * the file.
   *
   * @throws UserError when the file has no tensor of this name
   */
  public NDArray read(String name, NDManager manager) {
    NDArray array = manager.create(entry(name).shape(), DataType.FLOAT32);
    fill(name, array);
    return array;
  }

  /**
   * Reads a tensor as {@link #read} and demands numbers.
   *
   * @throws UserError also when it holds NaN or infinite values
   */
  NDArray readFinite(String name, NDManager manager) {
    NDArray array = manager.create(entry(name).shape(), DataType.FLOAT32);
    if (!fill(name, array)) {
      array.close();
      throw new UserError(
          file
              + ": tensor "
              + name
              + " holds NaN or infinite values; copy or download the file again, or use a"
              + " checkpoint from before the training diverged");
    }
    return array;
  }

  /** Whether two tensors, of this file and of one that may be another, are stored equal. */
  boolean equalBytes(String name, Safetensors other, String otherName) {
    SafetensorsHeader.Entry mine = entry(name);
    SafetensorsHeader.Entry theirs = other.entry(otherName);
    if (mine.dtype() != theirs.dtype() || !mine.shape().equals(theirs.shape())) {
      return false;
    }
    for (long at = 0; at < mine.length(); at += PIECE_BYTES) {
      try (MappedPiece piece = map(mine, at);
          MappedPiece partner = other.map(theirs, at)) {
        if (piece.bytes().mismatch(partner.bytes()) >= 0) {
          return false;
        }
      }
    }
    return true;
  }

  @Override
  public void close() {
    if (engine != null) {
      engine.close();
    }
    try {
      channel.close();
    } catch (IOException e) {
      throw new SpongeException("cannot close " + file + ": " + e.getMessage(), e);
    }
  }

  /** Writes float32 arrays as they are: {@link #write(Path, Map, WeightDtype)}. */
  public static void write(Path file, Map<String, NDArray> tensors) {
    write(file, tensors, WeightDtype.F32);
  }

  /**
   * Writes arrays in the order of the map; replaces the file atomically.
   *
   * @param tensors name to float32 array
   * @param dtype how the values are stored
   * @throws UserError when a value is not finite in a narrower dtype than float32
   * @throws SpongeException when writing fails; no partial file is left
   */
  public static void write(Path file, Map<String, NDArray> tensors, WeightDtype dtype) {
    List<Source> sources = new ArrayList<>();
    tensors.forEach(
        (name, array) ->
            sources.add(
                new Source(
                    name, array.getShape(), (bytes, sink) -> bytes.ofArray(name, array, sink))));
    writeSources(file, sources, dtype);
  }

  /**
   * Writes tensors of Java memory in order; replaces the file atomically.
   *
   * @param tensors each is asked for its values when they are written, and once
   * @param dtype how the values are stored
   * @throws IllegalArgumentException when a shape does not hold as many values as its buffer
   * @throws UserError when a value is not finite in a narrower dtype than float32
   * @throws SpongeException when writing fails; no partial file is left
   */
  static void writeFloats(Path file, List<TensorSource> tensors, WeightDtype dtype) {
    List<Source> sources = new ArrayList<>();
    for (TensorSource tensor : tensors) {
      sources.add(
          new Source(
              tensor.name(),
              tensor.shape(),
              (bytes, sink) -> bytes.ofFloats(tensor.name(), tensor.checkedValues(), sink)));
    }
    writeSources(file, sources, dtype);
  }

  private static void writeSources(Path file, List<Source> sources, WeightDtype dtype) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    for (Source source : sources) {
      if (shapes.put(source.name(), source.shape()) != null) {
        throw new IllegalArgumentException("two tensors are named " + source.name());
      }
    }
    ByteBuffer header = SafetensorsHeader.encode(shapes, dtype);
    try (TensorBytes bytes = new TensorBytes(dtype)) {
      AtomicFiles.write(
          file,
          out -> {
            AtomicFiles.writeFully(out, header);
            for (Source source : sources) {
              source.content().writeTo(bytes, piece -> AtomicFiles.writeFully(out, piece));
            }
          });
    }
  }

  private SafetensorsHeader.Entry entry(String name) {
    SafetensorsHeader.Entry entry = header.tensors().get(name);
    if (entry == null) {
      throw new UserError(file + " has no tensor " + name);
    }
    return entry;
  }

  /** Reads into a float32 array; whether all values are finite. */
  private boolean fill(String name, NDArray array) {
    SafetensorsHeader.Entry entry = entry(name);
    int width = entry.dtype().bytes();
    boolean finite = true;
    for (long at = 0; at < entry.length(); at += PIECE_BYTES) {
      try (MappedPiece piece = map(entry, at);
          NDManager scratch = array.getManager().newSubManager()) {
        ByteBuffer bytes = aligned(piece.bytes(), width);
        NDArray raw = scratch.create(bytes, new Shape(bytes.remaining()), DataType.UINT8);
        finite &= kernels().widen(raw, entry.dtype().scalarType(), array, at / width);
      }
    }
    return finite;
  }

  /** Old writers did not pad their headers; the engine wants its operands on their boundaries. */
  private static ByteBuffer aligned(ByteBuffer bytes, int width) {
    if (bytes.alignmentOffset(0, width) == 0) {
      return bytes;
    }
    return ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
  }

  /** One kernel module a file; a file that is only looked at starts no engine. */
  private synchronized DtypeKernels kernels() {
    if (kernels == null) {
      engine = TorchEngine.newManager(Device.cpu());
      kernels = new DtypeKernels(engine);
    }
    return kernels;
  }

  /** At most {@link #PIECE_BYTES} of a tensor from an offset in it on. */
  private MappedPiece map(SafetensorsHeader.Entry entry, long at) {
    long length = Math.min(PIECE_BYTES, entry.length() - at);
    try {
      return new MappedPiece(channel, header.dataStart() + entry.begin() + at, length);
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
