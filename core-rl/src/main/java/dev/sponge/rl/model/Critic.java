package dev.sponge.rl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.nio.file.Path;
import java.util.List;

/**
 * The value function V_phi with a backbone of its own: float32 weights of a decoder and a value
 * head. The value of a token is that of the state before it, read where the token is predicted.
 *
 * <p>The backbone has tied embeddings whatever the policy has: a critic predicts no tokens, so it
 * needs no output matrix. Its directory holds {@code config.json} and {@code model.safetensors}
 * with a policy's names, which other programs open as such, and {@link ValueHead#FILE_NAME}.
 *
 * @param backbone immutable
 * @param head immutable here; a trainer works on a copy
 */
public record Critic(Weights backbone, ValueHead head) implements AutoCloseable {

  /**
   * A fresh critic: copies of a policy's weights and a random head.
   *
   * @param std of the head's weight, see {@link ValueHead#random}
   */
  public static Critic fresh(Weights policy, long seed, double std, NDManager parent) {
    ModelConfig config = tied(policy.config());
    List<NDArray> arrays = config.parameterShapes().keySet().stream().map(policy::get).toList();
    return new Critic(
        Weights.copyOf(config, arrays, parent), ValueHead.random(config, seed, std, parent));
  }

  /**
   * Reads what {@link #save} wrote.
   *
   * @throws UserError when a file is missing or broken or a tensor does not fit; the message names
   *     file and tensor
   */
  public static Critic load(Path dir, NDManager parent) {
    Weights backbone = Weights.load(dir, parent);
    boolean complete = false;
    try {
      Critic critic = new Critic(backbone, ValueHead.load(dir, backbone.config(), parent));
      complete = true;
      return critic;
    } finally {
      if (!complete) {
        backbone.close();
      }
    }
  }

  /**
   * Writes the directory; each file appears whole or not at all, {@code config.json} last.
   *
   * @param dir created when missing
   * @throws SpongeException when writing fails
   */
  public void save(Path dir) {
    ModelFiles.write(dir, backbone.byName(), ModelFiles.Format.DEFAULT);
    head.save(dir);
    AtomicFiles.writeString(dir.resolve(ModelConfig.FILE_NAME), backbone.config().toJson());
  }

  private static ModelConfig tied(ModelConfig config) {
    return new ModelConfig(
        config.architecture(),
        config.hiddenSize(),
        config.intermediateSize(),
        config.numHiddenLayers(),
        config.numAttentionHeads(),
        config.numKeyValueHeads(),
        config.headDim(),
        config.vocabSize(),
        config.maxPositionEmbeddings(),
        config.ropeTheta(),
        config.ropeScaling(),
        config.slidingWindow(),
        config.rmsNormEps(),
        true,
        config.attentionBias(),
        config.eosTokenIds(),
        config.padTokenId(),
        config.bosTokenId());
  }

  @Override
  public void close() {
    head.close();
    backbone.close();
  }
}
