package dev.sponge.jobs.cli;

import java.nio.file.Path;

/**
 * Where a command finds and leaves its files.
 *
 * @param local absolute local directory of logs, caches, scratch and summary; it exists
 * @param root URI of the directory with tables and checkpoints, on any Hadoop file system
 * @param existing whether tables must be there already; a local directory has been looked at
 */
public record WorkPlace(Path local, String root, boolean existing) {
  /** A local work directory, which holds everything. */
  static WorkPlace local(Path directory) {
    return new WorkPlace(directory, directory.toUri().toString(), /* existing= */ false);
  }
}
