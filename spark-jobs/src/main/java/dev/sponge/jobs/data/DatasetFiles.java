package dev.sponge.jobs.data;

import dev.sponge.jobs.cli.DatasetTools.Format;
import dev.sponge.rl.UserError;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** The files of a data set, on any Hadoop file system, in the order of their names. */
final class DatasetFiles {
  private static final List<String> PARQUET = List.of(".parquet");
  private static final List<String> JSON = List.of(".json", ".jsonl");

  private final FileSystem files;
  private final List<DataFile> found;

  private DatasetFiles(FileSystem files, List<DataFile> found) {
    this.files = files;
    this.found = found;
  }

  /**
   * A file of the data set.
   *
   * @param name below the directory that was given, or of the file itself
   */
  record DataFile(Path path, String name, long bytes) {}

  /**
   * @param path file, or directory of files
   * @throws UserError if nothing is there, or files of another kind
   */
  static DatasetFiles of(String path, Format format, Configuration hadoop) {
    Path root = new Path(path);
    try {
      FileSystem files = root.getFileSystem(hadoop);
      FileStatus status = files.getFileStatus(root);
      List<DataFile> found = new ArrayList<>();
      if (status.isDirectory()) {
        walk(files, status.getPath(), "", isParquet(format) ? PARQUET : JSON, found);
      } else {
        requireKind(path, format);
        found.add(new DataFile(status.getPath(), root.getName(), status.getLen()));
      }
      if (found.isEmpty()) {
        throw new UserError(
            "Directory %s holds no file that ends with %s, which --format %s reads."
                .formatted(path, String.join(" or ", isParquet(format) ? PARQUET : JSON), format));
      }
      return new DatasetFiles(files, found);
    } catch (FileNotFoundException e) {
      throw new UserError("There is no file or directory %s.".formatted(path), e);
    } catch (IOException e) {
      throw new UserError("%s cannot be looked at: %s".formatted(path, e.getMessage()), e);
    }
  }

  static boolean isParquet(Format format) {
    return switch (format) {
      case PARQUET, HF_PARQUET, VERL_PARQUET -> true;
      case DEEPSCALER, MATH, GSM8K, OLYMPIADBENCH, MINERVA, AIME, AMC, JSONL -> false;
    };
  }

  private static void requireKind(String path, Format format) {
    if (isParquet(format) && JSON.stream().anyMatch(path::endsWith)) {
      throw new UserError(
          "%s is a file of JSON, and --format %s reads Parquet; use --format jsonl, or that of the data set."
              .formatted(path, format));
    }
    if (!isParquet(format) && PARQUET.stream().anyMatch(path::endsWith)) {
      throw new UserError(
          "%s is a Parquet file, and --format %s reads JSON; use --format hf-parquet, which knows the fields of the other formats."
              .formatted(path, format));
    }
  }

  private static void walk(
      FileSystem files, Path directory, String prefix, List<String> endings, List<DataFile> found)
      throws IOException {
    List<FileStatus> entries = new ArrayList<>(List.of(files.listStatus(directory)));
    entries.sort(Comparator.comparing((FileStatus entry) -> entry.getPath().getName()));
    for (FileStatus entry : entries) {
      String name = entry.getPath().getName();
      if (name.startsWith(".") || name.startsWith("_")) {
        continue;
      }
      if (entry.isDirectory()) {
        walk(files, entry.getPath(), prefix + name + "/", endings, found);
      } else if (endings.stream().anyMatch(name::endsWith)) {
        found.add(new DataFile(entry.getPath(), prefix + name, entry.getLen()));
      }
    }
  }

  List<DataFile> all() {
    return found;
  }

  long bytes() {
    return found.stream().mapToLong(DataFile::bytes).sum();
  }

  InputStream open(DataFile file) {
    try {
      return files.open(file.path());
    } catch (IOException e) {
      throw new UserError("%s cannot be read: %s".formatted(file.path(), e.getMessage()), e);
    }
  }
}
