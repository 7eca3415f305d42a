package dev.sponge.rl.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * One loaded instance of the kernels. Calls may come from any thread that called {@link
 * TorchEngine#prepareThread()}; an instance that holds bound weights is not rebound while it is in
 * use.
 *
 * <p>To load one, libtorch compiles the sources, which takes longer than a training step of a tiny
 * model. So an instance that is closed forgets what was bound and waits for its next user; a part
 * of the engine, it lives as long as the process.
 */
final class KernelModule implements AutoCloseable {
  private static final byte[] ARCHIVE = KernelArchive.build();
  private static final Map<Device, Queue<PtSymbolBlock>> IDLE = new ConcurrentHashMap<>();

  private final NDManager manager;
  private final PtSymbolBlock block;

  /**
   * @param parent owner of the instance; its device is where constants of the kernels are made
   */
  KernelModule(NDManager parent) {
    manager = parent.newSubManager();
    PtSymbolBlock idle = idle(manager.getDevice()).poll();
    block = idle == null ? load(manager.getDevice()) : idle;
    manager.attachInternal("kernels", (AutoCloseable) this::giveBack);
  }

  private static Queue<PtSymbolBlock> idle(Device device) {
    return IDLE.computeIfAbsent(device, key -> new ConcurrentLinkedQueue<>());
  }

  private static PtSymbolBlock load(Device device) {
    NDManager owner = TorchEngine.newManager(device);
    try {
      return JniUtils.loadModule(
          (PtNDManager) owner, new ByteArrayInputStream(ARCHIVE), false, false);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot load the TorchScript kernels", e);
    }
  }

  private void giveBack() {
    if (NativeCalls.ending()) {
      return;
    }
    infer(manager, "forget");
    idle(manager.getDevice()).add(block);
  }

  /**
   * Runs a kernel without autograd; what it returns cannot enter autograd later.
   *
   * @param out owner of the returned arrays
   * @param arguments NDArray, {@code List<NDArray>}, Long, Double, long[] or double[], as the
   *     kernel declares them
   * @return the tensors of the result in order; empty when the kernel returns a number
   */
  NDArray[] infer(NDManager out, String method, Object... arguments) {
    IValue[] values = new IValue[arguments.length];
    NativeCalls.begin();
    try {
      for (int i = 0; i < arguments.length; i++) {
        values[i] = toIValue(arguments[i]);
      }
      try (IValue result = IValueUtils.runMethod(block, method, values)) {
        return tensors(result, (PtNDManager) out);
      }
    } finally {
      NativeCalls.end();
      for (IValue value : values) {
        if (value != null) {
          value.close();
        }
      }
    }
  }

  /** Tells the decoder's sizes; the weights are bound apart. */
  void bindShape(DecoderShape shape, long[] sizes) {
    try (NDManager scratch = manager.newSubManager()) {
      NDArray frequencies = scratch.create(shape.rope().inverseFrequencies());
      infer(scratch, "bind", frequencies, sizes, shape.windows(), shape.constants());
    }
  }

  @Override
  public void close() {
    manager.close();
  }

  private static IValue toIValue(Object argument) {
    if (argument instanceof NDArray array) {
      return IValue.from((PtNDArray) array);
    }
    if (argument instanceof List<?> list) {
      return IValue.listFrom(list.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
    }
    if (argument instanceof Long number) {
      return IValue.from(number.longValue());
    }
    if (argument instanceof Double number) {
      return IValue.from(number.doubleValue());
    }
    if (argument instanceof long[] numbers) {
      return IValue.listFrom(numbers);
    }
    if (argument instanceof double[] numbers) {
      return IValue.listFrom(numbers);
    }
    throw new IllegalArgumentException("a kernel takes no " + argument.getClass().getName());
  }

  private static NDArray[] tensors(IValue result, PtNDManager out) {
    if (result.isTensor()) {
      return new NDArray[] {result.toTensor(out)};
    }
    if (result.isTensorList()) {
      return result.toTensorArray(out);
    }
    if (result.isTuple()) {
      IValue[] items = result.toIValueTuple();
      NDArray[] arrays = new NDArray[items.length];
      for (int i = 0; i < items.length; i++) {
        arrays[i] = items[i].toTensor(out);
        items[i].close();
      }
      return arrays;
    }
    return new NDArray[0];
  }
}
