package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;
import dev.sponge.rl.batch.DifficultyBuffer;
import dev.sponge.rl.batch.DifficultyBuffer.Reroll;
import dev.sponge.rl.batch.DifficultyBuffer.Threshold;

/**
 * Section {@code history.difficulty}: which groups are hard, and which are replayed, for {@code
 * history.selection = difficulty} (arXiv 2602.20722). A bound moves from {@code low} to {@code
 * high} as the overall accuracy goes from 0 to 1.
 */
public record DifficultyConfig(
    int rerollEvery,
    int rerollLimit,
    BoundConfig hard,
    BoundConfig replayFrom,
    BoundConfig replayTo) {
  private static final String SECTION = "history.difficulty.";

  /** Sections {@code hard}, {@code replay_from} and {@code replay_to}. */
  public record BoundConfig(double low, double high) {
    private Threshold threshold() {
      return new Threshold(low, high);
    }
  }

  public DifficultyConfig {
    Check.range(SECTION + "reroll_every", rerollEvery, 1, 1_000_000);
    Check.range(SECTION + "reroll_limit", rerollLimit, 0, 1_000_000);
    check("hard", hard);
    check("replay_from", replayFrom);
    check("replay_to", replayTo);
    if (replayFrom.low() > replayTo.low() || replayFrom.high() > replayTo.high()) {
      throw new UserError(
          "%sreplay_from = %s to %s exceeds %sreplay_to = %s to %s: no group lies between them; lower the first or raise the second."
              .formatted(
                  SECTION,
                  replayFrom.low(),
                  replayFrom.high(),
                  SECTION,
                  replayTo.low(),
                  replayTo.high()));
    }
  }

  private static void check(String name, BoundConfig bound) {
    Check.share(SECTION + name + ".low", bound.low());
    Check.share(SECTION + name + ".high", bound.high());
    if (bound.low() > bound.high()) {
      throw new UserError(
          "%s%s.low = %s exceeds %s%s.high = %s; swap them."
              .formatted(SECTION, name, bound.low(), SECTION, name, bound.high()));
    }
  }

  /**
   * The same in the terms of core-rl.
   *
   * @param batchGroups B
   * @param versions N, how long a group may be replayed
   */
  public DifficultyBuffer buffer(int batchGroups, int versions) {
    return new DifficultyBuffer(
        batchGroups,
        versions,
        new Reroll(rerollEvery, rerollLimit, hard.threshold()),
        replayFrom.threshold(),
        replayTo.threshold());
  }
}
