package dev.sponge.jobs.cli;

import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The flag for the work directory. */
final class WorkOption {
  @Option(
      names = "--work",
      paramLabel = "DIR",
      defaultValue = "work",
      description = "work directory with tables, checkpoints and logs (default: ${DEFAULT-VALUE})")
  private Path work;

  /** The absolute work directory, made if it is missing. */
  Path create() {
    Path directory = absolute();
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UserError(
          "The work directory " + directory + " cannot be made (" + e + "); give another --work.",
          e);
    }
    if (!Files.isWritable(directory)) {
      throw new UserError(
          "The work directory " + directory + " is not writable; give another --work.");
    }
    return directory;
  }

  /** The absolute work directory, which must hold tables already. */
  Path existing() {
    Path directory = absolute();
    if (!Files.isDirectory(directory.resolve("tables"))) {
      throw new UserError(
          "The work directory "
              + directory
              + " holds no tables; name the right one with --work, or begin with sponge prepare.");
    }
    return directory;
  }

  private Path absolute() {
    return work.toAbsolutePath().normalize();
  }
}
