package dev.sponge.rl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.UserError;
import dev.sponge.rl.tensor.DecoderKernels;
import dev.sponge.rl.tensor.DecoderKernels.TokenLogprobs;
import dev.sponge.rl.tensor.DecoderShape;
import dev.sponge.rl.tensor.TorchEngine;
import java.util.ArrayList;
import java.util.List;

/** A decoder bound to parameters: what a policy computes. */
public final class CausalLm implements AutoCloseable {
  /** Rows of V logits alive at once while scoring. */
  private static final int LOGIT_CHUNK = 1024;

  private final ModelConfig config;
  private final NDManager manager;
  private final DecoderKernels kernels;

  /**
   * @param parameters in the order of {@link ModelConfig#parameterShapes()}; not owned
   * @param parent owner of this instance
   */
  public CausalLm(ModelConfig config, List<NDArray> parameters, NDManager parent) {
    this.config = config;
    manager = parent.newSubManager();
    DecoderShape shape =
        new DecoderShape(
            config.numHiddenLayers(),
            config.numAttentionHeads(),
            config.numKeyValueHeads(),
            config.headDim(),
            config.attentionBias(),
            config.tieWordEmbeddings(),
            config.rmsNormEps());
    NDArray cos = RotaryTable.cos(config, manager);
    NDArray sin = RotaryTable.sin(config, manager);
    kernels = new DecoderKernels(manager, shape, parameters, cos, sin);
  }

  /** A policy for generation and scoring; the weights are not owned. */
  public static CausalLm of(Weights weights, NDManager parent) {
    return new CausalLm(weights.config(), weights.tensors(), parent);
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
   * @return logits (B, T, V), without autograd
   */
  public NDArray logits(NDManager out, NDArray ids) {
    return kernels.logits(out, ids);
  }

  /** Log-probs and entropy (B, C) of a batch's response tokens with autograd to the parameters. */
  public TokenLogprobs trainLogprobs(NDManager out, TokenBatch batch) {
    return kernels.trainLogprobs(
        out, batch.ids(), batch.at(), batch.targets(), batch.temperature());
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
                LOGIT_CHUNK);
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
