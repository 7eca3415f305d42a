package dev.sponge.jobs.loop;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.DelegateToFileSystem;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * The local files under a scheme of their own, so that nothing may take them for local paths; on
 * demand reads of weights fail, and writes fail in the ways of real disks.
 */
public final class FaultyFileSystem extends RawLocalFileSystem {
  static final String SCHEME = "faulty";
  private static final URI NAME = URI.create(SCHEME + ":///");
  private static final AtomicInteger FAILURES = new AtomicInteger();
  private static final AtomicInteger READS = new AtomicInteger();
  private static final AtomicReference<Fault> FAULT = new AtomicReference<>(Fault.NONE);
  private static final AtomicInteger GOOD_WRITES = new AtomicInteger();
  private static final int SLOW_MILLIS = 15;

  /** How files that are made go wrong. */
  enum Fault {
    NONE(""),
    /** The file is made and takes no byte. */
    NO_SPACE("No space left on device"),
    /** Nothing can be made, moved or removed. */
    READ_ONLY("Read-only file system"),
    /** The file takes half of what is written, and the writer learns of it. */
    TORN("the connection was lost"),
    /** All goes well, and takes long. */
    SLOW("");

    private final String message;

    Fault(String message) {
      this.message = message;
    }

    String message() {
      return message;
    }
  }

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

  /** Makes the next reads of weights fail. */
  static void failNextReads(int count) {
    FAILURES.set(count);
  }

  /** Reads of weights, failed or not. */
  static int reads() {
    return READS.get();
  }

  /**
   * Makes all writes go wrong.
   *
   * @param goodWrites files that are made without a fault before
   */
  static void breakWrites(Fault fault, int goodWrites) {
    GOOD_WRITES.set(goodWrites);
    FAULT.set(fault);
  }

  /** The fault of a write that begins now. */
  private static Fault faultNow() throws IOException {
    Fault fault = FAULT.get();
    if (fault == Fault.SLOW) {
      try {
        Thread.sleep(SLOW_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      }
    }
    return GOOD_WRITES.getAndUpdate(left -> Math.max(left - 1, 0)) > 0 ? Fault.NONE : fault;
  }

  private static void requireWritable() throws IOException {
    if (FAULT.get() == Fault.READ_ONLY && GOOD_WRITES.get() == 0) {
      throw new IOException(Fault.READ_ONLY.message());
    }
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

  @Override
  public FSDataOutputStream create(
      org.apache.hadoop.fs.Path file,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    Fault fault = faultNow();
    if (fault == Fault.READ_ONLY) {
      throw new IOException(fault.message());
    }
    return broken(
        super.create(file, overwrite, bufferSize, replication, blockSize, progress), fault);
  }

  @Override
  public FSDataOutputStream create(
      org.apache.hadoop.fs.Path file,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    Fault fault = faultNow();
    if (fault == Fault.READ_ONLY) {
      throw new IOException(fault.message());
    }
    return broken(
        super.create(file, permission, overwrite, bufferSize, replication, blockSize, progress),
        fault);
  }

  @Override
  public FileStatus[] listStatus(org.apache.hadoop.fs.Path directory) throws IOException {
    FileStatus[] statuses = super.listStatus(directory);
    for (int i = 0; i < statuses.length; i++) {
      statuses[i] = withoutPermission(statuses[i]);
    }
    return statuses;
  }

  /** The parent looks permissions up by a URI that must be local. */
  private static FileStatus withoutPermission(FileStatus status) {
    return new FileStatus(
        status.getLen(),
        status.isDirectory(),
        status.getReplication(),
        status.getBlockSize(),
        status.getModificationTime(),
        status.getPath());
  }

  private static FSDataOutputStream broken(FSDataOutputStream file, Fault fault)
      throws IOException {
    return switch (fault) {
      case NONE, SLOW, READ_ONLY -> file;
      case NO_SPACE, TORN -> new FSDataOutputStream(new BrokenStream(file, fault), null);
    };
  }

  /** A file that takes nothing, or half of it. */
  private static final class BrokenStream extends OutputStream {
    private final OutputStream file;
    private final Fault fault;

    BrokenStream(OutputStream file, Fault fault) {
      this.file = file;
      this.fault = fault;
    }

    @Override
    public void write(int value) throws IOException {
      throw new IOException(fault.message());
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (fault == Fault.TORN) {
        file.write(bytes, offset, length / 2);
        file.flush();
      }
      throw new IOException(fault.message());
    }

    @Override
    public void close() throws IOException {
      file.close();
      throw new IOException(fault.message());
    }
  }

  @Override
  public boolean mkdirs(org.apache.hadoop.fs.Path directory) throws IOException {
    requireWritable();
    return super.mkdirs(directory);
  }

  @Override
  public boolean mkdirs(org.apache.hadoop.fs.Path directory, FsPermission permission)
      throws IOException {
    requireWritable();
    return super.mkdirs(directory, permission);
  }

  @Override
  public boolean rename(org.apache.hadoop.fs.Path from, org.apache.hadoop.fs.Path to)
      throws IOException {
    requireWritable();
    return super.rename(from, to);
  }

  @Override
  public boolean delete(org.apache.hadoop.fs.Path file, boolean recursive) throws IOException {
    requireWritable();
    return super.delete(file, recursive);
  }
}
