package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;

/** What a leaf received in a backward pass. */
final class Gradients {
  private Gradients() {}

  /** True if no gradient arrived, be it absent or all zeros. */
  static boolean isZero(NDArray leaf) {
    NDArray gradient = leaf.getGradient();
    if (gradient == null) {
      return true;
    }
    for (float g : gradient.toFloatArray()) {
      if (g != 0) {
        return false;
      }
    }
    return true;
  }
}
