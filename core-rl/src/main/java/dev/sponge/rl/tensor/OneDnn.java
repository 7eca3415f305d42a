package dev.sponge.rl.tensor;

import ai.djl.ndarray.NDManager;
import java.util.Locale;

/** Whether matrix products run on oneDNN with weights in its own layout. */
final class OneDnn {
  /**
   * Products of narrower models are so short that oneDNN's set-up of every new shape costs more
   * than it gains.
   */
  private static final int SMALLEST_WIDTH = 256;

  private OneDnn() {}

  /** libtorch is built with oneDNN for x86-64 alone, macOS apart. */
  static boolean available() {
    String machine = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    return (machine.equals("amd64") || machine.equals("x86_64")) && !system.startsWith("mac");
  }

  /** Whether a model whose matrices are at least this wide uses it on the manager's device. */
  static boolean worthwhile(NDManager manager, long width) {
    return worthwhile(manager.getDevice().isGpu(), width);
  }

  static boolean worthwhile(boolean gpu, long width) {
    return available() && !gpu && width >= SMALLEST_WIDTH;
  }
}
