package dev.sponge.jobs.loop;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The local files as an object store has them: under a scheme of its own, without renaming. */
public final class RenamelessFileSystem extends RawLocalFileSystem {
  static final String SCHEME = "objects";
  private static final URI NAME = URI.create(SCHEME + ":///");
  private static final String IMPLEMENTATION = "fs." + SCHEME + ".impl";

  /** What Delta takes for s3a by itself, and must be told for a scheme that it does not know. */
  private static final String LOG_STORE = "io.delta.storage.S3SingleDriverLogStore";

  /** The root of a work directory below a local one. */
  static String root(Configuration hadoop, java.nio.file.Path directory) {
    hadoop.set(IMPLEMENTATION, RenamelessFileSystem.class.getName());
    return SCHEME + "://" + directory.toAbsolutePath();
  }

  /** What a process is started with to know this file system. */
  static List<String> jvmFlags() {
    return List.of(
        "-Dspark.hadoop." + IMPLEMENTATION + "=" + RenamelessFileSystem.class.getName(),
        "-Dspark.hadoop.io.delta.kernel.logStore." + SCHEME + ".impl=" + LOG_STORE,
        "-Dspark.delta.logStore." + SCHEME + ".impl=" + LOG_STORE);
  }

  @Override
  public URI getUri() {
    return NAME;
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    throw new IOException("An object store cannot rename " + from);
  }
}
