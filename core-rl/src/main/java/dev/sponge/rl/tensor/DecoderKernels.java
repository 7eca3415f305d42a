package dev.sponge.rl.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.Serializable;
import java.util.List;

/**
 * The decoder of one policy for generation and scoring: kernels with their own copy of the weights,
 * in the compute dtype and in the layout that products read fastest. Shapes: B batch, T positions,
 * C completion length, U distinct prompts, P prompt length, S cache capacity in positions, L
 * layers, K key/value heads, D head dimension, V vocabulary.
 *
 * <p>Calls from several threads are allowed.
 */
public final class DecoderKernels implements AutoCloseable {
  private final NDManager manager;
  private final KernelModule module;
  private final int layers;

  /**
   * @param parent owner of this instance
   * @param shape sizes of the model
   * @param parameters float32, in the order of the model's parameter list; copied, not kept
   * @param residual of the logits; copied, not kept
   * @param dtype of the products
   */
  public DecoderKernels(
      NDManager parent,
      DecoderShape shape,
      List<NDArray> parameters,
      LogitResidual residual,
      ComputeDtype dtype) {
    manager = parent.newSubManager();
    module = new KernelModule(manager);
    layers = shape.layers();
    boolean oneDnn = OneDnn.worthwhile(manager, shape.width());
    module.bindShape(shape, shape.sizes(dtype, oneDnn, !manager.getDevice().isGpu()));
    module.infer(manager, "bind_parameters", parameters, shape.traitsOf());
    module.infer(manager, "copy_residual", residual.factors(), residual.scale());
  }

  /**
   * Log-probabilities of given tokens and the entropy of the distribution they come from.
   *
   * @param logprobs (B, C)
   * @param entropy (B, C), in nats
   */
  public record TokenLogprobs(NDArray logprobs, NDArray entropy) {}

  /**
   * Prompts that were run once.
   *
   * @param tensors logits (U, V) of the first new token, L keys (U, K, P, D), L values (U, K, P, D)
   */
  public record Prefix(List<NDArray> tensors) {}

  /**
   * How tokens are cut off before one is drawn, in this order; a cut that keeps all is 0, 1, 0.
   *
   * @param topK the most probable tokens that are kept, 0 for all
   * @param topP the smallest set of this mass is kept
   * @param minP tokens below this share of the largest probability are cut off
   */
  public record Truncation(int topK, double topP, double minP) implements Serializable {
    public static final Truncation NONE = new Truncation(0, 1, 0);
  }

  /**
   * The rows of one decoding call.
   *
   * @param cache L keys and L values, (B, K, S, D) each; written in place
   * @param logits (B, V) to begin with
   * @param length (B) int64, positions in use
   * @param left (B) int64, tokens the row may still sample; 0 marks a finished row
   * @param temperature (B) float32; 0 is greedy, and greedy tokens carry their log-prob at
   *     temperature 1
   */
  public record Rows(
      List<NDArray> cache, NDArray logits, NDArray length, NDArray left, NDArray temperature) {}

  /**
   * @param tokens (B, m) int64; what stands behind a row's end is arbitrary
   * @param logprobs (B, m) float32, of the distribution that was sampled from
   * @param keptLogmass (B, m) float32, log of the mass that truncation kept
   * @param length (B) afterwards
   * @param left (B) afterwards
   * @param logits (B, V) of the next token
   */
  public record Decoded(
      NDArray tokens,
      NDArray logprobs,
      NDArray keptLogmass,
      NDArray length,
      NDArray left,
      NDArray logits) {}

  /**
   * @param ids (B, T) int64, right-padded
   * @return logits (B, T, V) float32
   */
  public NDArray logits(NDManager out, NDArray ids) {
    return module.infer(out, "logits", ids)[0];
  }

  /**
   * Log-probs of given tokens.
   *
   * @param ids (B, T) int64, right-padded
   * @param at (B, C) int64, flat index b*T+t of the position that predicts each target
   * @param targets (B, C) int64
   * @param temperature (B, C) float32
   * @param chunk rows of V logits alive at once, at most
   */
  public TokenLogprobs score(
      NDManager out, NDArray ids, NDArray at, NDArray targets, NDArray temperature, int chunk) {
    NDArray[] result = module.infer(out, "score", ids, at, targets, temperature, (long) chunk);
    return new TokenLogprobs(result[0], result[1]);
  }

  /**
   * Log-probs of the whole vocabulary at given positions.
   *
   * @param ids (B, T) int64, right-padded
   * @param at (B, C) int64, flat index b*T+t of each position
   * @param temperature (B, C) float32
   * @param chunk rows of V logits alive at once beside the result
   * @return (B*C, V) float32
   */
  public NDArray vocabularyLogprobs(
      NDManager out, NDArray ids, NDArray at, NDArray temperature, int chunk) {
    return module.infer(out, "vocabulary_logprobs", ids, at, temperature, (long) chunk)[0];
  }

  /**
   * Runs every distinct prompt once.
   *
   * @param ids (U, P) int64, right-padded
   * @param length (U) int64, tokens of each prompt
   */
  public Prefix prefill(NDManager out, NDArray ids, NDArray length) {
    return new Prefix(List.of(module.infer(out, "prefill", ids, length)));
  }

  /**
   * Empty caches.
   *
   * @param rows B
   * @param capacity S
   * @return L keys and L values, (B, K, S, D) each
   */
  public List<NDArray> newCache(NDManager out, int rows, int capacity) {
    try (NDArray anchor = out.create(0L)) {
      return List.of(module.infer(out, "new_cache", anchor, (long) rows, (long) capacity));
    }
  }

  /**
   * Rows of the cache begin anew behind prompts of a prefill.
   *
   * @param cache written in place
   * @param logits (B, V), written in place
   * @param rows (J) int64
   * @param prompts (J) int64, index into the prefix of each row's prompt
   */
  public void admit(
      List<NDArray> cache, NDArray logits, Prefix prefix, NDArray rows, NDArray prompts) {
    module.infer(manager, "admit", cache, logits, prefix.tensors(), rows, prompts);
  }

  /** Copies of the caches with room for more positions. */
  public List<NDArray> grow(NDManager out, List<NDArray> cache, int capacity) {
    return List.of(module.infer(out, "grow", cache, (long) capacity));
  }

  /**
   * The caches of the rows that go on.
   *
   * @param rows (B') int64
   */
  public List<NDArray> keepRows(NDManager out, List<NDArray> cache, NDArray rows) {
    return List.of(module.infer(out, "keep_rows", cache, rows));
  }

  /**
   * Samples up to n tokens a row.
   *
   * @param uniforms (B, n) float32 in [0, 1)
   * @param ends (number of end tokens) int64
   * @param yield come back as soon as a row is done
   */
  public Decoded decode(
      NDManager out,
      Rows rows,
      NDArray uniforms,
      NDArray ends,
      Truncation truncation,
      boolean yield) {
    NDArray[] result =
        module.infer(
            out,
            "decode",
            rows.cache(),
            rows.logits(),
            rows.length(),
            rows.left(),
            rows.temperature(),
            uniforms,
            ends,
            new long[] {truncation.topK(), yield ? 1 : 0},
            new double[] {truncation.topP(), truncation.minP()});
    return new Decoded(result[0], result[1], result[2], result[3], result[4], result[5]);
  }

  /**
   * Whether a decoder keeps its matrices in a layout of their own, so that a tied head is a second
   * copy of the embedding.
   *
   * @param width E
   */
  public static boolean reordersMatrices(boolean gpu, int width) {
    return OneDnn.worthwhile(gpu, width);
  }

  /** L. */
  public int layers() {
    return layers;
  }

  @Override
  public void close() {
    manager.close();
  }
}
