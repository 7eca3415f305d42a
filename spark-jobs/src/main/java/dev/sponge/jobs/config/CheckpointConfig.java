package dev.sponge.jobs.config;

/**
 * Section {@code checkpoint}: which checkpoints stay beside those that the loop needs; {@code
 * keepEvery} 0 keeps no others.
 *
 * @param keepOptimizer whose moments (and critic) stay in the checkpoints that stay
 */
public record CheckpointConfig(int keepEvery, KeepOptimizer keepOptimizer) {

  /** Which checkpoints keep what training needs beyond the policy itself. */
  public enum KeepOptimizer {
    /** Enough to go on. */
    LAST_TWO,
    /** Every step whose policy stays can be replayed. */
    ALL
  }

  public CheckpointConfig {
    Check.range("checkpoint.keep_every", keepEvery, 0, 1_000_000);
  }
}
