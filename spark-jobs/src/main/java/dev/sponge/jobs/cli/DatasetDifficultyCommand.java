package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.DatasetTools.DifficultyFit;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sponge dataset difficulty}. */
@Command(
    name = "difficulty",
    description = {
      "Fit a model of the pass rate on the training prompts with rollouts, of all runs, and show its"
          + " calibration on prompts held out.",
      "What it predicts for every training prompt goes to table prompt_difficulty."
    })
final class DatasetDifficultyCommand extends DatasetToolCommand {
  @Option(
      names = "--verifier",
      paramLabel = "ID",
      description = "whose verdicts count (default: the only verifier)")
  private String verifier;

  @Option(
      names = "--plot",
      paramLabel = "FILE",
      description = "write the calibration as an SVG picture")
  private Path plot;

  @Option(names = "--dry-run", description = "only print, write no predictions")
  private boolean dryRun;

  @Override
  int call(DatasetTools tools, StageContext context) {
    return tools.difficulty(
        context,
        new DifficultyFit(Optional.ofNullable(verifier), Optional.ofNullable(plot), dryRun));
  }
}
