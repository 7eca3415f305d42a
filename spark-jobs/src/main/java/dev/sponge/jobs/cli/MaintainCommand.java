package dev.sponge.jobs.cli;

import dev.sponge.jobs.config.MaintenanceSettings;
import dev.sponge.jobs.config.MaintenanceSettings.KeptCheckpoints;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sponge maintain}. */
@Command(
    name = "maintain",
    description =
        "Put small data files together and remove files and checkpoints that nothing needs.")
final class MaintainCommand extends ToolCommand {
  @Option(names = "--dry-run", description = "only print what would be done")
  private boolean dryRun;

  @Option(
      names = "--vacuum",
      description = "remove data files that neither the present nor a pinned table version holds")
  private boolean vacuum;

  @Option(
      names = "--older-than",
      paramLabel = "HOURS",
      defaultValue = "168",
      description = "age from which such files go (default: ${DEFAULT-VALUE}; least: 24)")
  private int olderThan;

  @Option(
      names = "--unpin-before-step",
      paramLabel = "K",
      description = "let go of the table versions that steps of the run before K have read")
  private Integer unpinBeforeStep;

  @Option(
      names = "--keep-last",
      paramLabel = "N",
      description = "newest checkpoints that stay (default: checkpoint.keep_last of the run)")
  private Integer keepLast;

  @Option(
      names = "--keep-every",
      paramLabel = "N",
      description = "keep every n-th checkpoint (default: checkpoint.keep_every of the run)")
  private Integer keepEvery;

  @Option(
      names = "--keep-best",
      paramLabel = "N",
      description = "best checkpoints that stay (default: checkpoint.keep_best of the run)")
  private Integer keepBest;

  @Override
  int call(Tools tools, StageContext context) {
    return tools.maintain(
        context,
        new MaintenanceSettings(
            dryRun,
            vacuum,
            Duration.ofHours(olderThan),
            unpinBeforeStep == null ? OptionalInt.empty() : OptionalInt.of(unpinBeforeStep),
            new KeptCheckpoints(
                Optional.ofNullable(keepLast),
                Optional.ofNullable(keepEvery),
                Optional.ofNullable(keepBest))));
  }
}
