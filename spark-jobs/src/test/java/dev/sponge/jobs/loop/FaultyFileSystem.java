package dev.sponge.jobs.loop;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.DelegateToFileSystem;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * The local files under a scheme of their own, so that nothing may take them for local paths; on
 * demand the next reads of weights fail.
 */
public final class FaultyFileSystem extends RawLocalFileSystem {
  static final String SCHEME = "faulty";
  private static final URI NAME = URI.create(SCHEME + ":///");
  private static final AtomicInteger FAILURES = new AtomicInteger();
  private static final AtomicInteger READS = new AtomicInteger();

  /** What Delta's log store asks for. */
  public static final class Context extends DelegateToFileSystem {
    public Context(URI uri, Configuration hadoop) throws Exception {
      super(uri, new FaultyFileSystem(), hadoop, SCHEME, false);
    }
  }

  /** The root of a work directory below a local one. */
  static String root(Configuration hadoop, Path directory) {
    hadoop.set("fs." + SCHEME + ".impl", FaultyFileSystem.class.getName());
    hadoop.set("fs.AbstractFileSystem." + SCHEME + ".impl", Context.class.getName());
    return SCHEME + "://" + directory.toAbsolutePath();
  }

  /** What {@link #root} sets, for a process of its own. */
  static List<String> jvmFlags() {
    return List.of(
        "-Dspark.hadoop.fs." + SCHEME + ".impl=" + FaultyFileSystem.class.getName(),
        "-Dspark.hadoop.fs.AbstractFileSystem." + SCHEME + ".impl=" + Context.class.getName());
  }

  /** Makes the next reads of weights fail. */
  static void failNextReads(int count) {
    FAILURES.set(count);
  }

  /** Reads of weights, failed or not. */
  static int reads() {
    return READS.get();
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
  public FSDataInputStream open(org.apache.hadoop.fs.Path file, int bufferSize) throws IOException {
    if (file.getName().equals("model.safetensors")) {
      READS.incrementAndGet();
      if (FAILURES.getAndUpdate(left -> Math.max(left - 1, 0)) > 0) {
        throw new IOException("the store is out of order");
      }
    }
    return super.open(file, bufferSize);
  }
}
