package dev.sponge.rl.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;

/**
 * Tensors in the layout that the decoder reads: what is multiplied by the same input stands in one
 * matrix. {@link #views} gives the same memory under the model's own parameter list.
 *
 * <p>In bfloat16 the arrays are handles that only kernels may touch.
 */
public final class FusedWeights implements AutoCloseable {
  private final NDManager manager;
  private final KernelModule module;
  private final DecoderShape shape;
  private final List<NDArray> tensors;

  private FusedWeights(
      NDManager manager, KernelModule module, DecoderShape shape, List<NDArray> tensors) {
    this.manager = manager;
    this.module = module;
    this.shape = shape;
    this.tensors = tensors;
  }

  /**
   * A copy of parameters.
   *
   * @param parameters float32, in the order of the model's parameter list
   */
  public static FusedWeights copyOf(
      NDManager parent, DecoderShape shape, List<NDArray> parameters, ComputeDtype dtype) {
    NDManager manager = parent.newSubManager();
    KernelModule module = new KernelModule(manager);
    NDArray[] fused =
        module.infer(manager, "fuse", parameters, shape.traitsOf(), dtype.scalarType());
    return new FusedWeights(manager, module, shape, List.of(fused));
  }

  /** Zeros of the same shapes in float32. */
  public FusedWeights zeros(NDManager parent) {
    NDManager own = parent.newSubManager();
    NDArray[] zeros = module.infer(own, "zeros_like_all", tensors, shape.traitsOf());
    return new FusedWeights(own, new KernelModule(own), shape, List.of(zeros));
  }

  /** Empty tensors in the place of all: gradients of weights that stay as they are. */
  public static List<NDArray> frozen(NDManager owner, int count) {
    List<NDArray> empty = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      empty.add(owner.create(new float[0]));
    }
    return empty;
  }

  /** The fused tensors. */
  List<NDArray> tensors() {
    return tensors;
  }

  /** How many fused tensors there are. */
  public int size() {
    return tensors.size();
  }

  /**
   * The same memory in the order of the model's parameter list.
   *
   * @param out owner of the handles
   */
  public List<NDArray> views(NDManager out) {
    return List.of(
        module.infer(out, "unfuse", tensors, shape.traitsOf(), shape.projectionWidths()));
  }

  /** Copies all values, cast to this dtype. */
  public void set(FusedWeights source) {
    module.infer(manager, "copy_all", tensors, source.tensors);
  }

  /** Sets the adapted projections to those of {@code base} plus what the factors add. */
  public void setMerged(FusedWeights base, LowRankFactors factors) {
    module.infer(
        manager,
        "merge_adapters",
        tensors,
        base.tensors,
        factors.factors(),
        factors.segments(),
        factors.scale());
  }

  @Override
  public void close() {
    manager.close();
  }
}
