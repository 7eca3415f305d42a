package dev.sponge.jobs.loop;

import dev.sponge.jobs.run.RunContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.apache.hadoop.conf.Configuration;

/**
 * A work directory after one step of {@link TinyRun}, as a file of the resources keeps it for each
 * layout of the tables that was ever released. {@code main(zip)} makes the file of the present
 * layout. Tables name checkpoints by absolute URIs, so the directory is mounted: wherever it is
 * unpacked, its root is {@link #ROOT}.
 */
final class LayoutFixture {
  static final String ROOT = "viewfs://layout/work";

  /** Less than TinyRun has, for a smaller file. */
  static final Map<String, String> SETTINGS =
      Map.of(
          "model.hidden_size", "16",
          "model.intermediate_size", "32",
          "data.train_problems", "16",
          "data.test_problems", "4",
          "evaluation.problems", "4");

  private LayoutFixture() {}

  /** Puts a local directory in the place of {@link #ROOT}. */
  static void mount(Path directory) throws IOException {
    Files.createDirectories(directory);
    Configuration hadoop = TinyRun.spark().sparkContext().hadoopConfiguration();
    hadoop.set("fs.viewfs.mounttable.layout.link./work", directory.toUri().toString());
    hadoop.setBoolean("fs.viewfs.impl.disable.cache", true);
  }

  /** Unpacks a layout, mounts it, and gives the local directory of the files that are no tables. */
  static Path unpack(String resource, Path directory) throws IOException {
    try (InputStream bytes = LayoutFixture.class.getResourceAsStream(resource);
        ZipInputStream zip = new ZipInputStream(bytes)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path file = directory.resolve(entry.getName());
        Files.createDirectories(file.getParent());
        Files.copy(zip, file);
      }
    }
    mount(directory.resolve("lake"));
    return directory.resolve("local");
  }

  public static void main(String[] args) throws IOException {
    Path directory = TinyRun.temporary("sponge-layout");
    mount(directory.resolve("lake"));
    Map<String, String> settings = new java.util.TreeMap<>(SETTINGS);
    settings.put("run.steps", "1");
    RunContext run = TinyRun.open(directory.resolve("local"), ROOT, settings);
    new ReMixLoop(run).run();
    List<Path> files;
    try (Stream<Path> walk = Files.walk(directory)) {
      files =
          walk.filter(Files::isRegularFile)
              .filter(
                  file -> !file.toString().contains("/cache/") && !file.toString().endsWith(".crc"))
              .sorted()
              .toList();
    }
    try (OutputStream bytes = Files.newOutputStream(Path.of(args[0]));
        ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setLevel(Deflater.BEST_COMPRESSION);
      for (Path file : files) {
        ZipEntry entry = new ZipEntry(directory.relativize(file).toString());
        entry.setLastModifiedTime(FileTime.from(Files.getLastModifiedTime(file).toInstant()));
        zip.putNextEntry(entry);
        Files.copy(file, zip);
      }
    }
  }
}
