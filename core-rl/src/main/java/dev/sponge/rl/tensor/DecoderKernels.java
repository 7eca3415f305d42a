package dev.sponge.rl.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;

/**
 * The decoder of one policy: kernels with its weights bound. Shapes: B batch, T positions, C
 * completion length, U distinct prompts, P prompt length, S cache capacity in positions, L layers,
 * K key/value heads, D head dimension, V vocabulary.
 *
 * <p>Inference uses a packed copy of the weights, made at the first call; the weights must not
 * change after it. The training call reads the bound weights anew each time. Calls from several
 * threads are allowed.
 */
public final class DecoderKernels implements AutoCloseable {
  private final NDManager manager;
  private final KernelModule module;
  private List<NDArray> packed;

  /**
   * @param parent owner of this instance
   * @param shape sizes of the model
   * @param weights parameters in the order of the model's parameter list; not owned
   * @param cos rotary table (S, D), float32; not owned
   * @param sin rotary table (S, D), float32; not owned
   */
  public DecoderKernels(
      NDManager parent, DecoderShape shape, List<NDArray> weights, NDArray cos, NDArray sin) {
    manager = parent.newSubManager();
    module = new KernelModule(manager);
    List<NDArray> bound = new ArrayList<>(weights);
    bound.add(cos);
    bound.add(sin);
    module.infer(manager, "bind", bound, shape.toKernel(), shape.rmsNormEps());
  }

  /**
   * Log-probabilities of given tokens and the entropy of the distribution they come from.
   *
   * @param logprobs (B, C)
   * @param entropy (B, C), in nats
   */
  public record TokenLogprobs(NDArray logprobs, NDArray entropy) {}

  /**
   * @param keys (L, B, K, S, D)
   * @param values (L, B, K, S, D)
   * @param logits (B, V) of the first new token
   */
  public record Prefilled(NDArray keys, NDArray values, NDArray logits) {}

  /**
   * @param tokens (B, n) int64; what stands behind a row's end is arbitrary
   * @param logprobs (B, n) float32, of the distribution that was sampled from
   * @param done (B) whether the row has produced an end token
   * @param logits (B, V) of the next token
   */
  public record Decoded(NDArray tokens, NDArray logprobs, NDArray done, NDArray logits) {}

  /**
   * @param ids (B, T) int64, right-padded
   * @return logits (B, T, V), without autograd
   */
  public NDArray logits(NDManager out, NDArray ids) {
    return module.infer(out, "logits", ids)[0];
  }

  /**
   * Forward with autograd to the bound weights.
   *
   * @param ids (B, T) int64, right-padded
   * @param at (B, C) int64, flat index b*T+t of the position that predicts each target
   * @param targets (B, C) int64
   * @param temperature (B, C) float32
   */
  public TokenLogprobs trainLogprobs(
      NDManager out, NDArray ids, NDArray at, NDArray targets, NDArray temperature) {
    NDArray[] result = module.train(out, "train_logprobs", ids, at, targets, temperature);
    return new TokenLogprobs(result[0], result[1]);
  }

  /**
   * As {@link #trainLogprobs} without autograd.
   *
   * @param chunk rows of V logits alive at once, at most
   */
  public TokenLogprobs score(
      NDManager out, NDArray ids, NDArray at, NDArray targets, NDArray temperature, int chunk) {
    NDArray[] result =
        module.infer(out, "score", packed(), ids, at, targets, temperature, (long) chunk);
    return new TokenLogprobs(result[0], result[1]);
  }

  /**
   * Runs every distinct prompt once and spreads its cache over its samples.
   *
   * @param ids (U, P) int64, left-padded
   * @param pad (U) int64, padded positions of each prompt
   * @param rows (B) int64, the prompt of every sample
   * @param capacity S, at least P plus the tokens to come
   */
  public Prefilled prefill(NDManager out, NDArray ids, NDArray pad, NDArray rows, int capacity) {
    NDArray[] result = module.infer(out, "prefill", packed(), ids, pad, rows, (long) capacity);
    return new Prefilled(result[0], result[1], result[2]);
  }

  /**
   * Samples up to n tokens a row; the caches are written in place.
   *
   * @param state caches and the logits to begin with
   * @param pad (B) int64, padded positions on the left of each row
   * @param done (B) boolean
   * @param temperature (B) float32; 0 is greedy, and greedy tokens carry their log-prob at
   *     temperature 1
   * @param uniforms (B, n) float32 in [0, 1)
   * @param eos (number of end tokens) int64
   * @param slot the cache slot of the first new token, the same for all rows
   */
  @SuppressWarnings("TooManyParameters")
  public Decoded decode(
      NDManager out,
      Prefilled state,
      NDArray pad,
      NDArray done,
      NDArray temperature,
      NDArray uniforms,
      NDArray eos,
      int slot) {
    NDArray[] result =
        module.infer(
            out,
            "decode",
            packed(),
            state.keys(),
            state.values(),
            state.logits(),
            pad,
            done,
            temperature,
            uniforms,
            eos,
            (long) slot);
    return new Decoded(result[0], result[1], result[2], result[3]);
  }

  /**
   * The caches of the rows that go on.
   *
   * @param rows (B') int64
   * @return caches with B' rows, and the logits given, of those rows
   */
  public Prefilled keepRows(NDManager out, Prefilled state, NDArray rows) {
    NDArray[] result = module.infer(out, "keep_rows", state.keys(), state.values(), rows);
    return new Prefilled(result[0], result[1], state.logits());
  }

  private synchronized List<NDArray> packed() {
    if (packed == null) {
      packed = List.of(module.infer(manager, "pack"));
    }
    return packed;
  }

  @Override
  public void close() {
    manager.close();
  }
}
