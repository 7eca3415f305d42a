package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;

/**
 * Section {@code offline}: training on the stored rollouts of another run alone. An empty {@code
 * run} switches it off; a {@code policy} of -1 makes version 0 as in any run.
 */
public record OfflineConfig(
    String run, int fromVersion, int toVersion, int policy, Order order, int epochs) {

  /** In which order the groups train. */
  public enum Order {
    /** By policy version. */
    STORED,
    /** By a hash of seed, epoch and group. */
    SEEDED
  }

  public OfflineConfig {
    Check.range("offline.from_version", fromVersion, 0, 1_000_000);
    Check.range("offline.to_version", toVersion, -1, 1_000_000);
    Check.range("offline.policy", policy, -1, 1_000_000);
    Check.range("offline.epochs", epochs, 1, 10_000);
    if (run.isEmpty() && toVersion >= 0) {
      throw new UserError(
          "offline.to_version = "
              + toVersion
              + " has no meaning without offline.run; name the run whose rollouts train"
              + " (--from-history RUN:FROM-TO).");
    }
    if (!run.isEmpty() && toVersion < fromVersion) {
      throw new UserError(
          "offline.to_version = "
              + toVersion
              + " must be given and not lie below offline.from_version = "
              + fromVersion
              + ": the last policy version of run \""
              + run
              + "\" whose rollouts train. It is fixed, so that rollouts added later change nothing.");
    }
  }

  public boolean isOn() {
    return !run.isEmpty();
  }

  /** Whether version 0 is a policy of the other run. */
  public boolean takesPolicy() {
    return isOn() && policy >= 0;
  }
}
