package dev.sponge.rl.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.tensor.DecoderKernels.TokenLogprobs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Forward and backward pass of the trained policy. The backward pass is written by hand: gradients
 * are added straight into their buffers, and only what it needs is kept of the forward pass.
 * Shapes: B batch, T positions, C completion length.
 *
 * <p>One instance serves one thread; several may share their weights.
 */
public final class TrainingKernels implements AutoCloseable {
  private final NDManager manager;
  private final KernelModule module;
  private final boolean recompute;
  private final int chunk;
  private final int keptRows;

  /**
   * What the passes keep and how the model is cut.
   *
   * @param dtype of the weights given and of all products
   * @param recompute keep the input of every layer alone and run the layer once more in the
   *     backward pass (activation checkpointing)
   * @param fusedAttention use libtorch's CPU kernel, which never holds the (T, T) weights; else
   *     plain products, which run on every device
   * @param logitRows how the head is cut; with {@code recompute} nothing of it is kept
   */
  public record Options(
      ComputeDtype dtype, boolean recompute, boolean fusedAttention, LogitRows logitRows) {}

  /**
   * @param parent owner of this instance
   * @param weights read at every call, not owned
   * @param gradients buffers that the backward pass adds to
   */
  public TrainingKernels(
      NDManager parent,
      DecoderShape shape,
      Options options,
      FusedWeights weights,
      Gradients gradients) {
    manager = parent.newSubManager();
    module = new KernelModule(manager);
    recompute = options.recompute();
    chunk = options.logitRows().atOnce();
    keptRows = options.logitRows().kept();
    boolean oneDnn = OneDnn.worthwhile(manager, shape.width());
    module.bindShape(shape, shape.sizes(options.dtype(), oneDnn, options.fusedAttention()));
    module.infer(manager, "bind_weights", weights.tensors());
    module.infer(
        manager,
        "bind_gradients",
        gradients.weights(),
        gradients.adapters().factors(),
        gradients.ofFactors(),
        gradients.adapters().segments(),
        gradients.adapters().scale());
    LogitResidual residual = gradients.residual();
    module.infer(manager, "bind_residual", residual.factors(), residual.scale());
    module.infer(manager, "bind_residual_gradients", gradients.ofResidual());
  }

  /**
   * Buffers that the backward pass adds to.
   *
   * @param weights one for every fused weight, empty where it is frozen
   * @param adapters factors that get gradients, or {@link LowRankFactors#NONE}
   * @param ofFactors one for every factor
   * @param residual of the logits, trained alone where there is one, or {@link LogitResidual#NONE}
   * @param ofResidual one for each of its factors
   */
  public record Gradients(
      List<NDArray> weights,
      LowRankFactors adapters,
      List<NDArray> ofFactors,
      LogitResidual residual,
      List<NDArray> ofResidual) {

    /** All weights are trained. */
    public static Gradients of(FusedWeights buffers) {
      return new Gradients(
          buffers.tensors(), LowRankFactors.NONE, List.of(), LogitResidual.NONE, List.of());
    }

    /** Low-rank factors alone are trained. */
    public static Gradients ofAdapters(
        List<NDArray> frozen, LowRankFactors adapters, List<NDArray> buffers) {
      return new Gradients(frozen, adapters, buffers, LogitResidual.NONE, List.of());
    }

    /** The residual of the logits alone is trained. */
    public static Gradients ofResidual(
        List<NDArray> frozen, LogitResidual residual, List<NDArray> buffers) {
      return new Gradients(frozen, LowRankFactors.NONE, List.of(), residual, buffers);
    }
  }

  /**
   * Which tokens of which sequences.
   *
   * @param ids (B, T) int64, right-padded
   * @param at (B, C) int64, flat index b*T+t of the position that predicts each target
   * @param targets (B, C) int64
   * @param temperature (B, C) float32
   */
  public record Tokens(NDArray ids, NDArray at, NDArray targets, NDArray temperature) {}

  /**
   * @param logprobs what the objective reads; no autograd reaches the model from it
   * @param kept for the backward pass
   */
  public record Forward(TokenLogprobs logprobs, List<NDArray> kept) {}

  /** Log-probs and entropy (B, C), and what the backward pass needs. */
  public Forward forward(NDManager out, Tokens tokens) {
    NDArray[] result =
        module.infer(
            out,
            "train_forward",
            tokens.ids(),
            tokens.at(),
            tokens.targets(),
            tokens.temperature(),
            recompute ? 1L : 0L,
            new long[] {chunk, keptRows});
    return new Forward(
        new TokenLogprobs(result[0], result[1]), Arrays.asList(result).subList(2, result.length));
  }

  /**
   * Divergences KL(pi || ref) over the whole vocabulary.
   *
   * @param references log-probs (B*C, V) of each reference
   * @return (B, C) for each; no autograd reaches the model from it
   */
  public List<NDArray> divergences(
      NDManager out, Tokens tokens, Forward forward, List<NDArray> references) {
    return List.of(
        module.infer(
            out,
            "train_divergences",
            tokens.at(),
            tokens.temperature(),
            forward.kept(),
            references,
            recompute ? 1L : 0L,
            (long) chunk));
  }

  /**
   * Puts a value head on the policy's stream: v = w . h + b with h the normed stream.
   *
   * @param head read at every call, not owned
   * @param gradients buffers that the backward pass adds to
   */
  public void bindValueHead(ValueKernels.Head head, ValueKernels.Head gradients) {
    module.infer(manager, "bind_value_head", head.tensors(), gradients.tensors());
  }

  /** Values (B, C) of the states before the targets; no autograd reaches the model from them. */
  public NDArray values(NDManager out, Tokens tokens, Forward forward) {
    return module.infer(out, "joint_values", forward.kept().get(0), tokens.at())[0];
  }

  /**
   * What the loss makes of {@link #divergences}.
   *
   * @param references log-probs (B*C, V) of each reference
   * @param gradients of the loss with respect to the divergence from each, (B, C)
   */
  public record OfDivergences(List<NDArray> references, List<NDArray> gradients) {
    public static final OfDivergences NONE = new OfDivergences(List.of(), List.of());
  }

  /** The same for a loss that reads log-probs and entropy alone. */
  public void backward(Tokens tokens, Forward forward, TokenLogprobs gradients) {
    backward(tokens, forward, gradients, OfDivergences.NONE, Optional.empty());
  }

  /**
   * Adds to the gradient buffers, in one pass through the layers; what was kept is used up.
   *
   * @param gradients of the loss with respect to log-probs and entropy, (B, C) each
   * @param ofValues gradient of the loss with respect to {@link #values}, (B, C), if it reads them
   */
  public void backward(
      Tokens tokens,
      Forward forward,
      TokenLogprobs gradients,
      OfDivergences divergences,
      Optional<NDArray> ofValues) {
    List<NDArray> slopes = new ArrayList<>(List.of(gradients.logprobs(), gradients.entropy()));
    slopes.addAll(divergences.gradients());
    ofValues.ifPresent(slopes::add);
    module.infer(
        manager,
        "train_backward",
        tokens.ids(),
        List.of(tokens.at(), tokens.targets(), tokens.temperature()),
        slopes,
        forward.kept(),
        divergences.references(),
        new long[] {recompute ? 1 : 0, chunk});
  }

  @Override
  public void close() {
    manager.close();
  }
}
