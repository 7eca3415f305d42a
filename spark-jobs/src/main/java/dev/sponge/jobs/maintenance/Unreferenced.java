package dev.sponge.jobs.maintenance;

import dev.sponge.jobs.maintenance.TableHistory.LoggedFile;
import dev.sponge.jobs.spark.FileTree;
import dev.sponge.rl.SpongeException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The data files of a table that no version to keep holds.
 *
 * <p>Delta's VACUUM knows one horizon in time: it removes what left the table before it, whether an
 * old version is still wanted or not, and no horizon keeps version 3 and 40 but not those between.
 * So the files are compared with the log here. A version is kept if a committed step pins it, or if
 * it was the latest at any moment since the horizon: whoever reads at this moment began with one of
 * these. A file goes if no kept version holds it. A file that no commit names belongs to an attempt
 * that was broken off, or to one that is still about to commit: it goes when it is older than the
 * horizon.
 */
final class Unreferenced {
  /** Delta's own rule for what is no data: {@code _delta_log}, checksums, files being written. */
  private static final Pattern HIDDEN = Pattern.compile("(^|.*/)[_.].*");

  private Unreferenced() {}

  /**
   * A file in a table's directory.
   *
   * @param path relative to the table
   * @param modified ms since the epoch
   */
  record StoredFile(String path, long size, long modified) {}

  /**
   * Chooses the files that go.
   *
   * @param stored listed before {@code log} was read, so that every commit since is known
   * @param pinned versions to keep in any case
   * @param horizon ms since the epoch
   */
  static List<StoredFile> of(
      List<StoredFile> stored, TableHistory log, Collection<Long> pinned, long horizon) {
    Set<Long> kept = new HashSet<>(pinned);
    kept.addAll(log.latestSince(horizon));
    Map<String, LoggedFile> committed =
        log.files().stream().collect(Collectors.toMap(LoggedFile::path, Function.identity()));
    return stored.stream()
        .filter(
            file ->
                committed.containsKey(file.path())
                    ? !TableHistory.held(committed.get(file.path()), kept)
                    : file.modified() < horizon)
        .toList();
  }

  /** The data files in a table's directory, committed or not. */
  static List<StoredFile> list(FileSystem files, String table) {
    List<StoredFile> found = new ArrayList<>();
    try {
      Path root = files.makeQualified(new Path(table));
      for (FileStatus file :
          FileTree.files(files, root, path -> !HIDDEN.matcher(relative(root, path)).matches())) {
        found.add(
            new StoredFile(
                relative(root, file.getPath()), file.getLen(), file.getModificationTime()));
      }
    } catch (IOException e) {
      throw new SpongeException("Cannot list table %s: %s".formatted(table, e.getMessage()), e);
    }
    return found;
  }

  private static String relative(Path root, Path path) {
    return root.toUri().relativize(path.toUri()).getPath();
  }

  static void delete(FileSystem files, String table, List<StoredFile> unreferenced) {
    for (StoredFile file : unreferenced) {
      try {
        files.delete(new Path(new Path(table), new Path(null, null, file.path())), false);
      } catch (IOException e) {
        throw new SpongeException(
            "Cannot remove %s of table %s: %s".formatted(file.path(), table, e.getMessage()), e);
      }
    }
  }
}
