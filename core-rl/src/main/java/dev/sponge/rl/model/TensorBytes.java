package dev.sponge.rl.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.UserError;
import dev.sponge.rl.tensor.DtypeKernels;
import dev.sponge.rl.tensor.TorchEngine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Float32 values as little-endian bytes of a dtype, handed out in pieces: never more than one piece
 * exists beside the values. libtorch is started only when it is needed.
 */
final class TensorBytes implements AutoCloseable {
  /** Values of one piece. */
  private static final int PIECE = 1 << 22;

  /** Takes the pieces in order; a piece is valid during the call alone. */
  @FunctionalInterface
  interface Sink {
    void accept(ByteBuffer littleEndian) throws IOException;
  }

  private final WeightDtype dtype;
  private NDManager manager;
  private DtypeKernels kernels;

  TensorBytes(WeightDtype dtype) {
    this.dtype = dtype;
  }

  /**
   * The values of an array, row by row.
   *
   * @param array float32 on any device
   * @throws UserError when a finite value is too large for the dtype, or none is finite there
   */
  void ofArray(String name, NDArray array, Sink sink) throws IOException {
    if (array.getDataType() != DataType.FLOAT32) {
      throw new IllegalArgumentException(
          "tensor " + name + " is " + array.getDataType() + ", only float32 is written");
    }
    long size = array.getShape().size();
    for (long begin = 0; begin < size; begin += PIECE) {
      long end = Math.min(size, begin + PIECE);
      try (NDManager scratch = array.getManager().newSubManager()) {
        NDArray raw = kernels().narrow(scratch, array, dtype.scalarType(), begin, end);
        checkRange(name, raw);
        sink.accept(bytesOf(raw));
      }
    }
  }

  /**
   * The values between position and limit of a buffer.
   *
   * @throws UserError as {@link #ofArray}
   */
  void ofFloats(String name, FloatBuffer values, Sink sink) throws IOException {
    int size = values.remaining();
    ByteBuffer piece =
        ByteBuffer.allocateDirect(Math.min(size, PIECE) * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int begin = 0; begin < size; begin += PIECE) {
      int count = Math.min(size - begin, PIECE);
      piece.clear().limit(count * Float.BYTES);
      piece.asFloatBuffer().put(values.slice(values.position() + begin, count));
      if (dtype == WeightDtype.F32) {
        sink.accept(piece);
      } else {
        try (NDManager scratch = TorchEngine.newManager(Device.cpu())) {
          NDArray array = scratch.create(piece, new Shape(count), DataType.FLOAT32);
          NDArray raw = kernels().narrow(scratch, array, dtype.scalarType(), 0, count);
          checkRange(name, raw);
          sink.accept(bytesOf(raw));
        }
      }
    }
  }

  /** Float32 holds whatever a float32 array holds; the narrow types lose what is too large. */
  private void checkRange(String name, NDArray raw) {
    if (dtype != WeightDtype.F32 && !kernels().allFinite(raw, dtype.scalarType())) {
      throw new UserError(
          "tensor "
              + name
              + " holds values that are not finite in "
              + dtype.torchName()
              + "; save it as "
              + (dtype == WeightDtype.F16 ? WeightDtype.BF16 : WeightDtype.F32).torchName());
    }
  }

  private static ByteBuffer bytesOf(NDArray raw) {
    // A buffer over the array's own memory exists on the CPU alone.
    boolean onCpu = raw.getDevice().equals(Device.cpu());
    return raw.toByteBuffer(onCpu).order(ByteOrder.LITTLE_ENDIAN);
  }

  private DtypeKernels kernels() {
    if (kernels == null) {
      manager = TorchEngine.newManager(Device.cpu());
      kernels = new DtypeKernels(manager);
    }
    return kernels;
  }

  @Override
  public void close() {
    if (manager != null) {
      manager.close();
    }
  }
}
