package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.Tools.ExportFormat;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sponge export}. */
@Command(
    name = "export",
    description = "Write a run's rows as Parquet, as JSON lines or as verl's rollout files.")
final class ExportCommand extends ToolCommand {
  @Option(
      names = "--format",
      paramLabel = "NAME",
      required = true,
      description = "${COMPLETION-CANDIDATES}")
  private ExportFormat format;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "directory to write, absent or empty")
  private String out;

  @Option(
      names = "--verifier",
      paramLabel = "NAME@VERSION",
      description = "whose rewards are verl's scores (default: the only one there is)")
  private String verifier;

  @Override
  int call(Tools tools, StageContext context) {
    return tools.export(context, format, out, Optional.ofNullable(verifier));
  }
}
