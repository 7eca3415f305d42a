package dev.sponge.rl.model;

/** How many rows of V logits are alive at once: their number times V is bounded. */
public final class LogitRows {
  private static final int MAX_NUMBERS = 1 << 25;
  private static final int MAX_ROWS = 4096;
  private static final int MIN_ROWS = 8;

  private LogitRows() {}

  /** Rows for a model's vocabulary. */
  public static int of(ModelConfig config) {
    return Math.max(MIN_ROWS, Math.min(MAX_ROWS, MAX_NUMBERS / config.vocabSize()));
  }
}
