package dev.sponge.jobs.config;

/**
 * Section {@code checkpoint}: which checkpoints stay beside the base and every reincarnation point.
 *
 * @param keepLast newest versions, the two that the loop needs included
 * @param keepEvery distance of the versions that stay for good; 0 for none
 * @param keepBest versions with the highest evaluated pass@1
 * @param keepOptimizer whose moments (and critic) stay in the checkpoints that stay
 */
public record CheckpointConfig(
    int keepLast, int keepEvery, int keepBest, KeepOptimizer keepOptimizer) {
  private static final int MOST = 1_000_000;

  /** Which checkpoints keep what training needs beyond the policy itself. */
  public enum KeepOptimizer {
    /** Enough to go on. */
    LAST_TWO,
    /** Every step whose policy stays can be replayed. */
    ALL
  }

  public CheckpointConfig {
    Check.range("checkpoint.keep_last", keepLast, 2, MOST);
    Check.range("checkpoint.keep_every", keepEvery, 0, MOST);
    Check.range("checkpoint.keep_best", keepBest, 0, MOST);
  }
}
