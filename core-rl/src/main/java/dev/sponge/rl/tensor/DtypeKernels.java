package dev.sponge.rl.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * Conversion between float32 arrays and the bytes of float32, float16 and bfloat16. The narrow
 * types exist inside the kernels alone: outside they are bytes, because DJL knows no bfloat16.
 *
 * <p>A {@code scalarType} is libtorch's number of a dtype: 5 float16, 6 float32, 15 bfloat16.
 */
public final class DtypeKernels implements AutoCloseable {
  private final NDManager manager;
  private final KernelModule module;

  /**
   * @param parent owner of the kernels; the arrays given to them may live on any device
   */
  public DtypeKernels(NDManager parent) {
    manager = parent.newSubManager();
    module = new KernelModule(manager);
  }

  /**
   * Writes stored values into a float32 array; exact, every value of the narrow types is a float32.
   *
   * @param raw (values times width) uint8 in the byte order of the machine, at least one value, its
   *     memory aligned to the width
   * @param into float32 of any shape, contiguous, on the device of {@code raw}
   * @param begin row-major position of the first value
   * @return whether all values are finite
   */
  public boolean widen(NDArray raw, int scalarType, NDArray into, long begin) {
    try (NDManager scratch = manager.newSubManager()) {
      return module.infer(scratch, "widen", raw, (long) scalarType, into, begin)[0].getBoolean();
    }
  }

  /**
   * Rounds the values at the row-major positions {@code begin} to {@code end} of an array to the
   * nearest value of another type, ties to even.
   *
   * @param out owner of the result
   * @param values float32 of any shape
   * @return (values times width) uint8 in the byte order of the machine; a view of the array where
   *     the type is its own
   */
  public NDArray narrow(NDManager out, NDArray values, int scalarType, long begin, long end) {
    return module.infer(out, "narrow", values, (long) scalarType, begin, end)[0];
  }

  /** Whether all values of at least one are finite; {@code raw} as {@link #widen} takes it. */
  public boolean allFinite(NDArray raw, int scalarType) {
    try (NDManager scratch = manager.newSubManager()) {
      return module.infer(scratch, "finite_raw", raw, (long) scalarType)[0].getBoolean();
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
