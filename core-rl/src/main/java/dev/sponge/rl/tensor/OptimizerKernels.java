package dev.sponge.rl.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/**
 * Kernels over lists of tensors: gradient norm, scaling, sums and AdamW. All but {@link
 * #globalNorm} work in place.
 */
public final class OptimizerKernels implements AutoCloseable {
  private final NDManager manager;
  private final KernelModule module;

  public OptimizerKernels(NDManager parent) {
    manager = parent.newSubManager();
    module = new KernelModule(manager);
  }

  /**
   * Settings of one AdamW update (Loshchilov and Hutter, 2019).
   *
   * @param weightDecay decoupled: the weight shrinks by learningRate times this
   */
  public record AdamWSettings(
      double learningRate, double beta1, double beta2, double epsilon, double weightDecay) {}

  /** The L2 norm of all gradients taken as one vector. */
  public double globalNorm(List<NDArray> gradients) {
    try (NDManager scratch = manager.newSubManager()) {
      return module.infer(scratch, "global_norm", gradients)[0].toDoubleArray()[0];
    }
  }

  /** Multiplies every tensor by the factor. */
  public void scale(List<NDArray> tensors, double factor) {
    module.infer(manager, "scale", tensors, factor);
  }

  /** Sets every tensor to 0. */
  public void zero(List<NDArray> tensors) {
    module.infer(manager, "zero", tensors);
  }

  /** Adds every tensor of {@code other} to its partner in {@code into}. */
  public void accumulate(List<NDArray> into, List<NDArray> other) {
    module.infer(manager, "accumulate", into, other);
  }

  /**
   * One fused AdamW update.
   *
   * @param firstMoments as many as parameters, same shapes
   * @param secondMoments as many as parameters, same shapes
   * @param steps one float32 scalar a parameter, counted up by one
   */
  public void adamW(
      List<NDArray> parameters,
      List<NDArray> gradients,
      List<NDArray> firstMoments,
      List<NDArray> secondMoments,
      List<NDArray> steps,
      AdamWSettings settings) {
    double[] numbers = {
      settings.learningRate(),
      settings.beta1(),
      settings.beta2(),
      settings.epsilon(),
      settings.weightDecay()
    };
    module.infer(
        manager, "adamw", parameters, gradients, firstMoments, secondMoments, steps, numbers);
  }

  @Override
  public void close() {
    manager.close();
  }
}
