package dev.sponge.rl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.UserError;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.DecoderKernels;
import dev.sponge.rl.tensor.DecoderKernels.TokenLogprobs;
import dev.sponge.rl.tensor.LogitResidual;
import dev.sponge.rl.tensor.LogitRows;
import dev.sponge.rl.tensor.TorchEngine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A policy for generation and scoring: a decoder with its own copy of the weights in the compute
 * dtype.
 */
public final class CausalLm implements AutoCloseable {
  private final ModelConfig config;
  private final ComputeDtype dtype;
  private final NDManager manager;
  private final DecoderKernels kernels;

  private CausalLm(Weights weights, LogitResidual residual, ComputeDtype dtype, NDManager parent) {
    config = weights.config();
    this.dtype = dtype;
    manager = parent.newSubManager();
    kernels = new DecoderKernels(manager, config.shape(), weights.tensors(), residual, dtype);
  }

  /**
   * The policy of these weights, which may be closed afterwards.
   *
   * @param parent owner of this instance; decides the device
   */
  public static CausalLm of(Weights weights, ComputeDtype dtype, NDManager parent) {
    return new CausalLm(weights, LogitResidual.NONE, dtype, parent);
  }

  /**
   * The policy of these weights and a residual of their logits, all of which may be closed
   * afterwards.
   */
  public static CausalLm of(
      Weights weights, Optional<ResidualAdapter> adapter, ComputeDtype dtype, NDManager parent) {
    LogitResidual residual = adapter.map(ResidualAdapter::residual).orElse(LogitResidual.NONE);
    return new CausalLm(weights, residual, dtype, parent);
  }

  /**
   * The policy of a checkpoint: its model directory, with the residual adapter where it holds one.
   *
   * @throws UserError when a file is missing, broken or does not fit
   */
  public static CausalLm load(Path checkpoint, ComputeDtype dtype, NDManager parent) {
    try (NDManager scratch = parent.newSubManager()) {
      Weights weights = Weights.load(checkpoint, scratch);
      return of(
          weights, ResidualAdapter.find(checkpoint, weights.config(), scratch), dtype, parent);
    }
  }

  /** The policy of these weights in float32. */
  public static CausalLm of(Weights weights, NDManager parent) {
    return of(weights, ComputeDtype.FLOAT32, parent);
  }

  /** The format of the products. */
  public ComputeDtype dtype() {
    return dtype;
  }

  public ModelConfig config() {
    return config;
  }

  /** The kernels with this policy's weights bound. */
  public DecoderKernels kernels() {
    return kernels;
  }

  /**
   * @param out owner of the result
   * @param ids (B, T) int64, right-padded
   * @return logits (B, T, V) float32
   */
  public NDArray logits(NDManager out, NDArray ids) {
    return kernels.logits(out, ids);
  }

  /**
   * Log-probs of the response tokens under this policy at each sequence's own temperature, without
   * autograd.
   *
   * @param sequences any number, of any lengths
   * @param batchSize sequences in one forward pass
   * @return one array of length C a sequence
   * @throws UserError when a sequence is longer than the model's positions
   */
  public List<Scored> score(List<? extends TokenSequence> sequences, int batchSize) {
    List<Scored> result = new ArrayList<>(sequences.size());
    for (int start = 0; start < sequences.size(); start += batchSize) {
      int end = Math.min(sequences.size(), start + batchSize);
      List<? extends TokenSequence> part = sequences.subList(start, end);
      part.forEach(this::checkLength);
      try (NDManager scratch = manager.newSubManager()) {
        TokenBatch batch = TokenBatch.of(scratch, part);
        TokenLogprobs scored =
            kernels.score(
                scratch,
                batch.ids(),
                batch.at(),
                batch.targets(),
                batch.temperature(),
                LogitRows.of(config.vocabSize()).atOnce());
        float[] logprobs = scored.logprobs().toFloatArray();
        float[] entropy = scored.entropy().toFloatArray();
        int c = (int) batch.targets().getShape().get(1);
        for (int row = 0; row < part.size(); row++) {
          int length = part.get(row).responseIds().length;
          result.add(new Scored(slice(logprobs, row * c, length), slice(entropy, row * c, length)));
        }
      }
    }
    return result;
  }

  /**
   * @param logprobs (C) in nats
   * @param entropy (C) of the distribution each token comes from, in nats
   */
  public record Scored(float[] logprobs, float[] entropy) {}

  private void checkLength(TokenSequence sequence) {
    int length = sequence.promptIds().length + sequence.responseIds().length;
    if (length > config.maxPositionEmbeddings()) {
      throw new UserError(
          "a sequence of "
              + length
              + " tokens exceeds the model's max_position_embeddings = "
              + config.maxPositionEmbeddings()
              + "; lower rollout.max_prompt_tokens or rollout.max_new_tokens");
    }
  }

  private static float[] slice(float[] values, int from, int length) {
    float[] part = new float[length];
    System.arraycopy(values, from, part, 0, length);
    return part;
  }

  /** Releases the kernels; the weights stay. Threads are the caller's, see {@link TorchEngine}. */
  @Override
  public void close() {
    manager.close();
  }
}
