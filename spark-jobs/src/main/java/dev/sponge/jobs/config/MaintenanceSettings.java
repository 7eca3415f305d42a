package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What {@code sponge maintain} is told.
 *
 * @param dryRun only say what would be done
 * @param vacuum remove data files that no version to keep holds
 * @param olderThan age from which such a file goes
 * @param unpinBeforeStep steps of the run before this one pin no table versions
 * @param checkpoints which stay, in place of what the configuration of the run says
 */
public record MaintenanceSettings(
    boolean dryRun,
    boolean vacuum,
    Duration olderThan,
    OptionalInt unpinBeforeStep,
    KeptCheckpoints checkpoints) {
  /** Files of a stage or a query that still runs are younger than this. */
  public static final Duration LEAST_AGE = Duration.ofHours(24);

  public MaintenanceSettings {
    if (olderThan.compareTo(LEAST_AGE) < 0) {
      throw new UserError(
          "--older-than %d is out of range: it must be at least %d hours, for a stage that still runs may be about to commit younger files."
              .formatted(olderThan.toHours(), LEAST_AGE.toHours()));
    }
    if (unpinBeforeStep.isPresent() && unpinBeforeStep.getAsInt() < 0) {
      throw new UserError(
          "--unpin-before-step %d is out of range: steps begin at 0."
              .formatted(unpinBeforeStep.getAsInt()));
    }
    if (unpinBeforeStep.isPresent() && !vacuum && !dryRun) {
      throw new UserError(
          "--unpin-before-step changes nothing without --vacuum; add it, or --dry-run to see what would go.");
    }
  }

  /** Keys of section {@code checkpoint}, empty for what the run has. */
  public record KeptCheckpoints(
      Optional<Integer> last, Optional<Integer> every, Optional<Integer> best) {
    public static final KeptCheckpoints OF_THE_RUN =
        new KeptCheckpoints(Optional.empty(), Optional.empty(), Optional.empty());

    /** The section with these keys in place of its own. */
    public CheckpointConfig over(CheckpointConfig config) {
      return new CheckpointConfig(
          last.orElse(config.keepLast()),
          every.orElse(config.keepEvery()),
          best.orElse(config.keepBest()),
          config.keepOptimizer());
    }
  }
}
