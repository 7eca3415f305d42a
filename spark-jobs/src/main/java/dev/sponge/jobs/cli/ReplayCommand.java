package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.Tools.ReplayRequest;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sponge replay}. */
@Command(
    name = "replay",
    description =
        "Compute a committed step again from what it read, write nothing to the tables, and compare:"
            + " exit code 0 for equal, 1 for different.")
final class ReplayCommand extends ToolCommand {
  @Option(names = "--step", paramLabel = "K", required = true, description = "outer step")
  private int step;

  @Option(
      names = "--keep",
      paramLabel = "DIR",
      description = "directory, missing or empty, for the computed checkpoint (default: removed)")
  private Path keep;

  @Option(
      names = "--any-engine",
      description =
          "go on where CPU, dtype or library versions are not those of the step; weights may then"
              + " differ by rounding: 1 %% of the step's own change counts as equal")
  private boolean anyEngine;

  @Override
  int call(Tools tools, StageContext context) {
    Optional<Path> directory = Optional.ofNullable(keep).map(p -> p.toAbsolutePath().normalize());
    return tools.replay(context, new ReplayRequest(step, directory, anyEngine));
  }
}
