package dev.sponge.jobs.cli;

import dev.sponge.rl.UserError;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** The flags for the work directory. */
final class WorkOption {
  /** A single letter in front of a colon is a drive of Windows. */
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/.*");

  /** Directory below the current one for the local files of remote work directories. */
  static final String LOCAL = "sponge-local";

  @Option(
      names = "--work",
      paramLabel = "DIR",
      defaultValue = "work",
      description =
          "work directory with tables, checkpoints and logs; a URI such as hdfs://host/dir or"
              + " s3a://bucket/dir keeps tables and checkpoints there (default: ${DEFAULT-VALUE})")
  private String work;

  @Option(
      names = "--local",
      paramLabel = "DIR",
      description =
          "with a URI for --work: local directory of logs, caches and summary (default: "
              + LOCAL
              + "/SCHEME/HOST/PATH of the URI)")
  private Path local;

  /** The work directory; a local one is made if it is missing. */
  WorkPlace create() {
    return isRemote()
        ? remote(/* existing= */ false)
        : WorkPlace.local(writable(localWork(), "--work"));
  }

  /** The work directory, which must hold tables already. */
  WorkPlace existing() {
    return isRemote() ? remote(/* existing= */ true) : WorkPlace.local(withTables());
  }

  /** A local work directory, made if it is missing. */
  Path createLocal() {
    if (isRemote()) {
      throw new UserError(
          "--work "
              + work
              + " is a remote directory, and this command keeps whole work directories of its own;"
              + " give a local one.");
    }
    return writable(localWork(), "--work");
  }

  private Path withTables() {
    Path directory = localWork();
    if (!Files.isDirectory(directory.resolve("tables"))) {
      throw new UserError(
          "The work directory "
              + directory
              + " holds no tables; name the right one with --work, or begin with sponge prepare.");
    }
    return directory;
  }

  private boolean isRemote() {
    return SCHEME.matcher(work).matches() && !work.startsWith("file:/");
  }

  private Path localWork() {
    if (local != null) {
      throw new UserError(
          "--local "
              + local
              + " goes with a URI for --work only; everything of "
              + work
              + " lies in that directory.");
    }
    try {
      Path path = work.startsWith("file:/") ? Path.of(URI.create(work)) : Path.of(work);
      return path.toAbsolutePath().normalize();
    } catch (IllegalArgumentException e) {
      throw new UserError("--work " + work + " is no path: " + e.getMessage(), e);
    }
  }

  private WorkPlace remote(boolean existing) {
    URI uri;
    try {
      uri = URI.create(work).normalize();
    } catch (IllegalArgumentException e) {
      throw new UserError("--work " + work + " is no URI: " + e.getMessage(), e);
    }
    Path directory = local;
    if (directory == null) {
      String host = uri.getAuthority() == null ? "" : uri.getAuthority();
      directory =
          Path.of(LOCAL, uri.getScheme(), host.replaceAll("[^A-Za-z0-9._-]", "_"))
              .resolve(uri.getPath().replaceFirst("^/+", ""));
    }
    return new WorkPlace(
        writable(directory.toAbsolutePath().normalize(), "--local"), uri.toString(), existing);
  }

  private static Path writable(Path directory, String flag) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UserError(
          "The work directory "
              + directory
              + " cannot be made ("
              + e
              + "); give another "
              + flag
              + ".",
          e);
    }
    if (!Files.isWritable(directory)) {
      throw new UserError(
          "The work directory " + directory + " is not writable; give another " + flag + ".");
    }
    return directory;
  }
}
