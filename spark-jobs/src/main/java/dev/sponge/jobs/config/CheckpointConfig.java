package dev.sponge.jobs.config;

/**
 * Section {@code checkpoint}: which checkpoints stay beside those that the loop needs; {@code
 * keepEvery} 0 keeps no others.
 */
public record CheckpointConfig(int keepEvery) {

  public CheckpointConfig {
    Check.range("checkpoint.keep_every", keepEvery, 0, 1_000_000);
  }
}
