package dev.sponge.rl.model;

import dev.sponge.rl.UserError;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Collects the sizes by name. Without a call: Qwen2, K = H, D = E / H, rope theta 10000 without
 * scaling, no sliding window, norm epsilon 1e-6, tied embeddings, q/k/v bias as the architecture
 * has it, no pad and no bos token.
 */
public final class ModelConfigBuilder {
  private Architecture architecture = Architecture.QWEN2;
  private int hiddenSize;
  private int intermediateSize;
  private int layers;
  private int heads;
  private int keyValueHeads;
  private int headDim;
  private int vocabSize;
  private int maxPositions;
  private double ropeTheta = 10_000;
  private RopeScaling ropeScaling = new RopeScaling.None();
  private Optional<ModelConfig.SlidingWindow> slidingWindow = Optional.empty();
  private double rmsNormEps = 1e-6;
  private boolean tieWordEmbeddings = true;
  private Optional<Boolean> attentionBias = Optional.empty();
  private List<Integer> eosTokenIds = List.of();
  private OptionalInt padTokenId = OptionalInt.empty();
  private OptionalInt bosTokenId = OptionalInt.empty();

  ModelConfigBuilder() {}

  /** The family. */
  public ModelConfigBuilder architecture(Architecture architecture) {
    this.architecture = architecture;
    return this;
  }

  /** E and I. */
  public ModelConfigBuilder widths(int hiddenSize, int intermediateSize) {
    this.hiddenSize = hiddenSize;
    this.intermediateSize = intermediateSize;
    return this;
  }

  /** L. */
  public ModelConfigBuilder layers(int layers) {
    this.layers = layers;
    return this;
  }

  /** H and K. */
  public ModelConfigBuilder heads(int heads, int keyValueHeads) {
    this.heads = heads;
    this.keyValueHeads = keyValueHeads;
    return this;
  }

  /** D. */
  public ModelConfigBuilder headDim(int headDim) {
    this.headDim = headDim;
    return this;
  }

  /** V. */
  public ModelConfigBuilder vocabSize(int vocabSize) {
    this.vocabSize = vocabSize;
    return this;
  }

  /** Longest T. */
  public ModelConfigBuilder maxPositions(int maxPositions) {
    this.maxPositions = maxPositions;
    return this;
  }

  /** Base of the rotary frequencies. */
  public ModelConfigBuilder ropeTheta(double ropeTheta) {
    this.ropeTheta = ropeTheta;
    return this;
  }

  /** Stretches the rotary frequencies. */
  public ModelConfigBuilder ropeScaling(RopeScaling ropeScaling) {
    this.ropeScaling = ropeScaling;
    return this;
  }

  /** For layers that do not see all positions. */
  public ModelConfigBuilder slidingWindow(ModelConfig.SlidingWindow slidingWindow) {
    this.slidingWindow = Optional.of(slidingWindow);
    return this;
  }

  /** Epsilon of RMSNorm. */
  public ModelConfigBuilder rmsNormEps(double rmsNormEps) {
    this.rmsNormEps = rmsNormEps;
    return this;
  }

  /** Whether the output projection is the embedding matrix. */
  public ModelConfigBuilder tieWordEmbeddings(boolean tieWordEmbeddings) {
    this.tieWordEmbeddings = tieWordEmbeddings;
    return this;
  }

  /** Whether q, k and v projections have a bias. */
  public ModelConfigBuilder attentionBias(boolean attentionBias) {
    this.attentionBias = Optional.of(attentionBias);
    return this;
  }

  /** The tokens that end a response and fill batches. */
  public ModelConfigBuilder specialTokens(int eosTokenId, int padTokenId) {
    this.eosTokenIds = List.of(eosTokenId);
    this.padTokenId = OptionalInt.of(padTokenId);
    return this;
  }

  /** The token that other tools put first. */
  public ModelConfigBuilder bosTokenId(int bosTokenId) {
    this.bosTokenId = OptionalInt.of(bosTokenId);
    return this;
  }

  /**
   * Builds and checks.
   *
   * @throws UserError as the constructor; also when D is not given and H does not divide E
   */
  public ModelConfig build() {
    return new ModelConfig(
        architecture,
        hiddenSize,
        intermediateSize,
        layers,
        heads,
        keyValueHeads == 0 ? heads : keyValueHeads,
        headDim == 0 ? ModelConfig.dividedHeadDim(hiddenSize, heads) : headDim,
        vocabSize,
        maxPositions,
        ropeTheta,
        ropeScaling,
        slidingWindow,
        rmsNormEps,
        tieWordEmbeddings,
        attentionBias.orElse(architecture.biasByDefault()),
        eosTokenIds,
        padTokenId,
        bosTokenId);
  }
}
