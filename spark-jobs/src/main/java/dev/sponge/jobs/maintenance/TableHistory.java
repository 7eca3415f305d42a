package dev.sponge.jobs.maintenance;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.sponge.rl.SpongeException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Every data file that a Delta table ever had, from the commits of its log. The tables keep their
 * log for ten years, so that it reaches back to version 0.
 *
 * @param commits time of each commit in ms since the epoch, by version: when its file was written
 * @param files in the order in which they were added
 * @param checkpoint newest version with a checkpoint
 */
record TableHistory(
    NavigableMap<Long, Long> commits, List<LoggedFile> files, OptionalLong checkpoint) {
  private static final Pattern COMMIT = Pattern.compile("(\\d{20})\\.json");
  private static final Pattern CHECKPOINT = Pattern.compile("(\\d{20})\\.checkpoint\\..*");

  /**
   * A data file and the versions that hold it: {@code added <= version < removed}.
   *
   * @param path relative to the table
   * @param partition its partition values
   * @param removed {@link Long#MAX_VALUE} for a file of the latest version
   */
  record LoggedFile(String path, long size, String partition, long added, long removed) {
    boolean in(long version) {
      return added <= version && version < removed;
    }

    private LoggedFile until(long version) {
      return new LoggedFile(path, size, partition, added, version);
    }
  }

  /**
   * Reads the log of a table.
   *
   * @throws SpongeException if commits are missing
   */
  static TableHistory read(FileSystem files, String table) {
    NavigableMap<Long, FileStatus> commits = new TreeMap<>();
    OptionalLong checkpoint = OptionalLong.empty();
    try {
      for (FileStatus file : files.listStatus(new Path(table, "_delta_log"))) {
        Matcher commit = COMMIT.matcher(file.getPath().getName());
        Matcher summary = CHECKPOINT.matcher(file.getPath().getName());
        if (commit.matches()) {
          commits.put(Long.parseLong(commit.group(1)), file);
        } else if (summary.matches()) {
          long version = Long.parseLong(summary.group(1));
          checkpoint = OptionalLong.of(Math.max(version, checkpoint.orElse(version)));
        }
      }
      requireAll(table, commits);
      Map<String, LoggedFile> byPath = new LinkedHashMap<>();
      for (Map.Entry<Long, FileStatus> commit : commits.entrySet()) {
        replay(files, commit.getValue().getPath(), commit.getKey(), byPath);
      }
      NavigableMap<Long, Long> times = new TreeMap<>();
      commits.forEach((version, file) -> times.put(version, file.getModificationTime()));
      return new TableHistory(times, List.copyOf(byPath.values()), checkpoint);
    } catch (IOException e) {
      throw new SpongeException(
          "Cannot read the log of table %s: %s".formatted(table, e.getMessage()), e);
    }
  }

  private static void requireAll(String table, NavigableMap<Long, ?> commits) {
    if (commits.isEmpty() || commits.lastKey() != commits.size() - 1) {
      throw new SpongeException(
          ("The log of table %s does not hold every commit from version 0 on (%s files, last version"
                  + " %s): which files old versions need cannot be told. Keep the log whole, or"
                  + " maintain the table with Delta's own VACUUM.")
              .formatted(table, commits.size(), commits.isEmpty() ? "none" : commits.lastKey()));
    }
  }

  private static void replay(
      FileSystem files, Path commit, long version, Map<String, LoggedFile> byPath)
      throws IOException {
    try (BufferedReader reader =
            new BufferedReader(new InputStreamReader(files.open(commit), StandardCharsets.UTF_8));
        Stream<String> lines = reader.lines()) {
      lines
          .filter(line -> !line.isBlank())
          .map(line -> JsonParser.parseString(line).getAsJsonObject())
          .forEach(action -> replay(action, version, byPath));
    }
  }

  private static void replay(JsonObject action, long version, Map<String, LoggedFile> byPath) {
    if (action.has("add")) {
      JsonObject add = action.getAsJsonObject("add");
      String path = decoded(add);
      LoggedFile file =
          new LoggedFile(
              path,
              add.get("size").getAsLong(),
              partition(add.get("partitionValues")),
              version,
              Long.MAX_VALUE);
      // A file may be added again: with other statistics, or when an old version is restored.
      byPath.merge(path, file, (there, again) -> there.until(Long.MAX_VALUE));
    } else if (action.has("remove")) {
      byPath.computeIfPresent(
          decoded(action.getAsJsonObject("remove")), (path, file) -> file.until(version));
    }
  }

  private static String decoded(JsonObject action) {
    return URI.create(action.get("path").getAsString()).getPath();
  }

  private static String partition(JsonElement values) {
    Map<String, String> sorted = new TreeMap<>();
    values
        .getAsJsonObject()
        .entrySet()
        .forEach(entry -> sorted.put(entry.getKey(), entry.getValue().toString()));
    return sorted.toString();
  }

  long version() {
    return commits.lastKey();
  }

  /** The files of the latest version. */
  List<LoggedFile> live() {
    return files.stream().filter(file -> file.in(version())).toList();
  }

  /** Commits that a reader replays after the newest checkpoint. */
  long commitsSinceCheckpoint() {
    return version() - checkpoint.orElse(0);
  }

  /** The versions that were the latest at some moment from {@code time} on. */
  List<Long> latestSince(long time) {
    return commits.keySet().stream()
        .filter(version -> version == version() || commits.get(version + 1) >= time)
        .toList();
  }

  /** Whether a file belongs to one of the versions. */
  static boolean held(LoggedFile file, Collection<Long> versions) {
    return versions.stream().anyMatch(file::in);
  }
}
