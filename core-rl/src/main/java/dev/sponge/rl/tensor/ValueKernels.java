package dev.sponge.rl.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.List;

/**
 * Forward and backward pass of a critic, a decoder with a value head: v = w . h + b with h (E) the
 * normed stream behind the last layer. The backward pass is written by hand, as that of {@link
 * TrainingKernels}. Shapes: B batch, T positions, C completion length.
 *
 * <p>One instance serves one thread; several may share their weights.
 */
public final class ValueKernels implements AutoCloseable {
  private final NDManager manager;
  private final KernelModule module;
  private final long recompute;
  private final long headOnly;

  /**
   * What the passes keep.
   *
   * @param dtype of the weights given and of all products; the head computes in float32
   * @param recompute keep the input of every layer alone and run the layer once more in the
   *     backward pass (activation checkpointing)
   * @param fusedAttention use libtorch's CPU kernel, which never holds the (T, T) weights; else
   *     plain products, which run on every device
   */
  public record Options(ComputeDtype dtype, boolean recompute, boolean fusedAttention) {}

  /**
   * The value head, or the buffers of its gradient.
   *
   * @param weight w (1, E) float32
   * @param bias b (1) float32
   */
  public record Head(NDArray weight, NDArray bias) {
    List<NDArray> tensors() {
      return List.of(weight, bias);
    }
  }

  /**
   * Buffers that the backward pass adds to.
   *
   * @param backbone one for every fused weight, or none at all: then the head alone is trained and
   *     no gradient enters the stream
   */
  public record Gradients(List<NDArray> backbone, Head head) {
    /** Backbone and head are trained. */
    public static Gradients of(FusedWeights buffers, Head head) {
      return new Gradients(buffers.tensors(), head);
    }

    /** The head alone is trained. */
    public static Gradients ofHead(Head head) {
      return new Gradients(List.of(), head);
    }
  }

  /**
   * @param parent owner of this instance
   * @param backbone read at every call, not owned
   * @param head read at every call, not owned
   */
  public ValueKernels(
      NDManager parent,
      DecoderShape shape,
      Options options,
      FusedWeights backbone,
      Head head,
      Gradients gradients) {
    manager = parent.newSubManager();
    module = new KernelModule(manager);
    recompute = options.recompute() ? 1 : 0;
    headOnly = gradients.backbone().isEmpty() ? 1 : 0;
    boolean oneDnn = OneDnn.worthwhile(manager, shape.width());
    module.bindShape(shape, shape.sizes(options.dtype(), oneDnn, options.fusedAttention()));
    module.infer(manager, "bind_weights", backbone.tensors());
    module.infer(
        manager, "bind_gradients", gradients.backbone(), List.of(), List.of(), new long[0], 0.0);
    module.infer(manager, "bind_value_head", head.tensors(), gradients.head().tensors());
  }

  /**
   * Which states of which sequences.
   *
   * @param ids (B, T) int64, right-padded
   * @param at (B, C) int64, flat index b*T+t of the last position of each state
   */
  public record States(NDArray ids, NDArray at) {}

  /**
   * @param values (B, C) float32; no autograd reaches the model from it
   * @param kept for the backward pass
   */
  public record Forward(NDArray values, List<NDArray> kept) {}

  /** Values (B, C) float32, with nothing kept. */
  public NDArray score(NDManager out, States states) {
    return module.infer(out, "value_score", states.ids(), states.at())[0];
  }

  /** Values (B, C), and what the backward pass needs. */
  public Forward forward(NDManager out, States states) {
    NDArray[] result =
        module.infer(out, "value_forward", states.ids(), states.at(), recompute, headOnly);
    return new Forward(result[0], Arrays.asList(result).subList(1, result.length));
  }

  /**
   * Adds to the gradient buffers; what was kept is used up.
   *
   * @param gradient of the loss with respect to the values, (B, C)
   */
  public void backward(States states, Forward forward, NDArray gradient) {
    module.infer(
        manager,
        "value_backward",
        states.ids(),
        states.at(),
        gradient,
        forward.kept(),
        recompute,
        headOnly);
  }

  @Override
  public void close() {
    manager.close();
  }
}
