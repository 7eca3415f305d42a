package dev.sponge.rl.model;

/** Model sizes that tests build in milliseconds. */
public final class TinyModels {
  private TinyModels() {}

  /** E 8, I 12, L 2, H 2, K 1, D 4, V 16, tied, with q/k/v bias. */
  public static ModelConfigBuilder builder() {
    return ModelConfig.builder()
        .widths(8, 12)
        .layers(2)
        .heads(2, 1)
        .vocabSize(16)
        .maxPositions(32)
        .specialTokens(1, 0);
  }
}
