package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.DatasetTools.Likeness;
import dev.sponge.rl.UserError;
import picocli.CommandLine.Option;

/** When prompts are too much alike. */
final class SimilarityOptions {
  private static final double LEAST = 0.3;
  private static final int LONGEST = 20;

  @Option(
      names = "--threshold",
      paramLabel = "S",
      defaultValue = "0.8",
      description =
          "least Jaccard similarity of the shingles, 0.3 to 1 (default: ${DEFAULT-VALUE})")
  private double threshold;

  @Option(
      names = "--shingle-words",
      paramLabel = "N",
      defaultValue = "2",
      description = "words in a shingle, 1 to 20 (default: ${DEFAULT-VALUE})")
  private int shingleWords;

  @Option(names = "--dry-run", description = "only print what would be listed")
  private boolean dryRun;

  Likeness likeness() {
    if (!(threshold >= LEAST && threshold <= 1)) {
      throw new UserError("--threshold %s must be between %s and 1.".formatted(threshold, LEAST));
    }
    if (shingleWords < 1 || shingleWords > LONGEST) {
      throw new UserError(
          "--shingle-words %d must be between 1 and %d.".formatted(shingleWords, LONGEST));
    }
    return new Likeness(threshold, shingleWords);
  }

  boolean dryRun() {
    return dryRun;
  }
}
