package dev.sponge.rl.tensor;

/**
 * How the (N, V) logits of N targets are cut, so that their memory is bounded.
 *
 * @param atOnce rows computed at a time
 * @param kept the log-probs over the vocabulary of a micro-batch with at most so many targets are
 *     kept from the forward to the backward pass; the head of a larger one is run twice
 */
public record LogitRows(int atOnce, int kept) {
  private static final int MAX_NUMBERS = 1 << 25;
  private static final int MAX_KEPT_NUMBERS = 1 << 27;
  private static final int MAX_ROWS = 4096;
  private static final int MIN_ROWS = 8;

  /** Rows for a vocabulary. */
  public static LogitRows of(int vocabSize) {
    return new LogitRows(
        Math.max(MIN_ROWS, Math.min(MAX_ROWS, MAX_NUMBERS / vocabSize)),
        MAX_KEPT_NUMBERS / vocabSize);
  }
}
