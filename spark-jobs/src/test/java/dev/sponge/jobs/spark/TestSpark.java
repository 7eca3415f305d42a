package dev.sponge.jobs.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** The one Spark session of this JVM. It outlives every test class, and so does its directory. */
public final class TestSpark {
  private static final Path SCRATCH = temporary("sponge-spark");

  private TestSpark() {}

  public static SparkSession session() {
    return SparkSessions.local(2, SCRATCH);
  }

  /** A directory that goes with the JVM. */
  public static Path temporary(String prefix) {
    try {
      Path directory = Files.createTempDirectory(prefix);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory)));
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException | UncheckedIOException e) {
      directory.toFile().deleteOnExit();
    }
  }
}
