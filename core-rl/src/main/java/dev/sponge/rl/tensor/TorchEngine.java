package dev.sponge.rl.tensor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;

/**
 * The one native engine of the process: libtorch through DJL, offline, with telemetry off.
 *
 * <p>Every thread that touches tensors calls {@link #prepareThread()} first: libtorch keeps grad
 * mode and the graph executor's settings per thread, and with the optimising executor on, the bytes
 * of a gradient differ between the first and later calls.
 */
public final class TorchEngine {
  private static final int DEFAULT_THREADS = 1;
  private static volatile int threads = DEFAULT_THREADS;
  private static boolean started;

  private TorchEngine() {}

  /**
   * Starts libtorch with one intra-op thread per calling thread, or does nothing when it runs
   * already.
   */
  public static void start() {
    start(threads);
  }

  /**
   * Starts libtorch, or only sets the threads when it runs already.
   *
   * @param intraOpThreads threads that one kernel call may use; concurrent callers multiply it
   */
  public static synchronized void start(int intraOpThreads) {
    if (intraOpThreads < 1) {
      throw new IllegalArgumentException(
          "intraOpThreads is " + intraOpThreads + ", must be at least 1");
    }
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    Engine.getInstance();
    if (!started) {
      started = true;
      NativeCalls.awaitAtExit();
      NativeHeap.keepFreedMemory();
    }
    JniUtils.setNumThreads(intraOpThreads);
    threads = intraOpThreads;
    prepareThread();
  }

  /**
   * Sets this thread to inference (no autograd) and to the executor whose results do not change
   * from call to call.
   */
  public static void prepareThread() {
    JniUtils.setGraphExecutorOptimize(false);
    JniUtils.setGradMode(false);
  }

  /** The intra-op threads of one kernel call. */
  public static int threads() {
    return threads;
  }

  /** A manager of its own on the device; the caller closes it. */
  public static NDManager newManager(Device device) {
    start();
    return NDManager.newBaseManager(device, "PyTorch");
  }
}
