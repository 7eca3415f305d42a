package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;

/**
 * Section {@code warm_start}: the last versions of another run stand in for history before version
 * 0. An empty {@code run} switches it off.
 */
public record WarmStartConfig(String run, int toVersion) {
  public WarmStartConfig {
    Check.range("warm_start.to_version", toVersion, -1, 1_000_000);
    if (run.isEmpty() != (toVersion < 0)) {
      throw new UserError(
          "warm_start.run = \""
              + run
              + "\" and warm_start.to_version = "
              + toVersion
              + " belong together: the run whose rollouts are replayed at the start, and its last"
              + " policy version that counts.");
    }
  }

  public boolean isOn() {
    return !run.isEmpty();
  }

  /** How many virtual versions lie before version 0. */
  public int versions() {
    return toVersion + 1;
  }
}
