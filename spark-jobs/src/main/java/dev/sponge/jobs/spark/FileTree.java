package dev.sponge.jobs.spark;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** The files below a directory. */
public final class FileTree {
  private FileTree() {}

  /**
   * Lists files at any depth. Hadoop's own {@code listFiles} starts a child process for the
   * permissions of every local file, which is minutes for a long history.
   *
   * @param visited whether an entry, file or directory, is looked at
   */
  public static List<FileStatus> files(FileSystem files, Path root, Predicate<Path> visited)
      throws IOException {
    List<FileStatus> found = new ArrayList<>();
    Deque<Path> directories = new ArrayDeque<>(List.of(root));
    while (!directories.isEmpty()) {
      for (FileStatus entry : files.listStatus(directories.pop())) {
        if (!visited.test(entry.getPath())) {
          continue;
        }
        if (entry.isDirectory()) {
          directories.add(entry.getPath());
        } else {
          found.add(entry);
        }
      }
    }
    return found;
  }
}
