package dev.sponge.jobs.run;

import dev.sponge.rl.SpongeException;
import dev.sponge.rl.model.Manifest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/**
 * Moves checkpoints between where they are kept, any Hadoop file system, and local directories,
 * which are all that core-rl sees. A directory counts only with its manifest, written last.
 */
public final class CheckpointStore {
  /** Local copies of remote checkpoints kept on one machine. */
  private static final int CACHED = 8;

  private static final int NAME_DIGITS = 24;

  private final Configuration hadoop;
  private final Path cache;

  /**
   * @param cache local directory for copies of remote checkpoints
   */
  public CheckpointStore(Configuration hadoop, Path cache) {
    this.hadoop = hadoop;
    this.cache = cache;
  }

  /**
   * A local directory with the files of a checkpoint, verified against its manifest.
   *
   * @throws SpongeException when there is no complete checkpoint
   */
  public synchronized Path fetch(String uri) {
    Path local = fetchUnverified(uri);
    Manifest.verify(local);
    return local;
  }

  /** As {@link #fetch}, for a reader who looks into the files himself: damage is no error. */
  public synchronized Path fetchUnverified(String uri) {
    Path local = localPath(uri);
    if (local == null) {
      local = cache.resolve(Hashes.sha256(uri, NAME_DIGITS));
      if (!Manifest.exists(local)) {
        download(uri, local);
      }
    }
    if (!Manifest.exists(local)) {
      throw new SpongeException(
          "There is no checkpoint at "
              + uri
              + ": the directory is missing, or has no "
              + Manifest.FILE_NAME);
    }
    return local;
  }

  /** Where to write a checkpoint that {@link #publish} then puts in its place. */
  public Path stage(String uri) {
    Path local = localPath(uri);
    Path directory = local != null ? local : cache.resolve(Hashes.sha256(uri, NAME_DIGITS));
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new SpongeException(
          "Cannot create the checkpoint directory " + directory + ": " + e, e);
    }
    return directory;
  }

  /** Writes the manifest of a staged checkpoint, and copies it to where it is kept. */
  public void publish(String uri) {
    Path staged = stage(uri);
    Manifest.write(staged);
    if (localPath(uri) == null) {
      upload(staged, uri);
    }
  }

  /** Whether a complete checkpoint stands there. */
  public boolean exists(String uri) {
    try {
      return fileSystem(uri).exists(new org.apache.hadoop.fs.Path(uri, Manifest.FILE_NAME));
    } catch (IOException e) {
      throw new SpongeException("Cannot look at the checkpoint " + uri + ": " + e.getMessage(), e);
    }
  }

  /** Whether there is a file or directory, complete or not. */
  public boolean isThere(String uri) {
    try {
      return fileSystem(uri).exists(new org.apache.hadoop.fs.Path(uri));
    } catch (IOException e) {
      throw new SpongeException("Cannot look at " + uri + ": " + e.getMessage(), e);
    }
  }

  /** Bytes of a file, or of all files in a directory. */
  public long size(String uri) {
    try {
      return fileSystem(uri).getContentSummary(new org.apache.hadoop.fs.Path(uri)).getLength();
    } catch (IOException e) {
      throw new SpongeException("Cannot look at " + uri + ": " + e.getMessage(), e);
    }
  }

  /** Removes a file or directory; does nothing when there is none. */
  public void delete(String uri) {
    try {
      fileSystem(uri).delete(new org.apache.hadoop.fs.Path(uri), true);
    } catch (IOException e) {
      throw new SpongeException("Cannot remove " + uri + ": " + e.getMessage(), e);
    }
  }

  /**
   * Removes a subdirectory of a checkpoint that stays complete without it. The manifest forgets it
   * first: a checkpoint is never found damaged, whenever this is interrupted.
   */
  public void prune(String uri, String subdirectory) {
    org.apache.hadoop.fs.Path checkpoint = new org.apache.hadoop.fs.Path(uri);
    try {
      FileSystem files = fileSystem(uri);
      if (!files.exists(new org.apache.hadoop.fs.Path(checkpoint, subdirectory))) {
        return;
      }
      Path local = localPath(uri);
      if (local != null) {
        Manifest.forget(local, subdirectory);
      } else {
        forgetRemotely(files, checkpoint, subdirectory);
      }
      files.delete(new org.apache.hadoop.fs.Path(checkpoint, subdirectory), true);
    } catch (IOException e) {
      throw new SpongeException(
          "Cannot remove " + subdirectory + " of checkpoint " + uri + ": " + e.getMessage(), e);
    }
  }

  private void forgetRemotely(
      FileSystem files, org.apache.hadoop.fs.Path checkpoint, String subdirectory)
      throws IOException {
    org.apache.hadoop.fs.Path manifest =
        new org.apache.hadoop.fs.Path(checkpoint, Manifest.FILE_NAME);
    Files.createDirectories(cache);
    Path scratch = Files.createTempDirectory(cache, "manifest");
    try {
      Path copy = scratch.resolve(Manifest.FILE_NAME);
      files.copyToLocalFile(
          false, manifest, new org.apache.hadoop.fs.Path(copy.toUri().toString()), true);
      Manifest.forget(scratch, subdirectory);
      files.copyFromLocalFile(
          false, true, new org.apache.hadoop.fs.Path(copy.toUri().toString()), manifest);
    } finally {
      delete(scratch);
    }
  }

  /** URIs of what stands directly below a directory; empty when there is none. */
  public List<String> list(String uri) {
    try {
      org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(uri);
      FileSystem files = fileSystem(uri);
      if (!files.exists(path)) {
        return List.of();
      }
      return Stream.of(files.listStatus(path)).map(s -> s.getPath().toString()).sorted().toList();
    } catch (IOException e) {
      throw new SpongeException("Cannot list " + uri + ": " + e.getMessage(), e);
    }
  }

  /** Another process of this machine may copy the same checkpoint: the one that is first wins. */
  private void download(String uri, Path local) {
    Path partial = local.resolveSibling(local.getFileName() + "." + UUID.randomUUID());
    try {
      Files.createDirectories(local.getParent());
      org.apache.hadoop.fs.Path source = new org.apache.hadoop.fs.Path(uri);
      FileSystem files = fileSystem(uri);
      files.copyToLocalFile(
          false, source, new org.apache.hadoop.fs.Path(partial.toUri().toString()), true);
      moveUnlessThere(partial, local);
      evict();
    } catch (IOException e) {
      throw new SpongeException(
          "Cannot copy the checkpoint " + uri + " to " + local + ": " + e.getMessage(), e);
    } finally {
      delete(partial);
    }
  }

  private static void moveUnlessThere(Path partial, Path local) throws IOException {
    try {
      Files.move(partial, local);
    } catch (FileAlreadyExistsException e) {
      if (!Manifest.exists(local)) {
        // What an interrupted stage() left.
        delete(local);
        Files.move(partial, local);
      }
    }
  }

  private void upload(Path staged, String uri) {
    try {
      FileSystem files = fileSystem(uri);
      org.apache.hadoop.fs.Path target = new org.apache.hadoop.fs.Path(uri);
      files.mkdirs(target);
      List<Path> names;
      try (Stream<Path> walk = Files.walk(staged)) {
        names = walk.filter(Files::isRegularFile).map(staged::relativize).toList();
      }
      for (Path name : names) {
        if (!name.toString().equals(Manifest.FILE_NAME)) {
          copy(files, staged, target, name);
        }
      }
      copy(files, staged, target, Path.of(Manifest.FILE_NAME));
      evict();
    } catch (IOException e) {
      throw new SpongeException("Cannot copy the checkpoint to " + uri + ": " + e.getMessage(), e);
    }
  }

  private static void copy(
      FileSystem files, Path staged, org.apache.hadoop.fs.Path target, Path name)
      throws IOException {
    files.copyFromLocalFile(
        false,
        true,
        new org.apache.hadoop.fs.Path(staged.resolve(name).toUri().toString()),
        new org.apache.hadoop.fs.Path(target, name.toString().replace('\\', '/')));
  }

  /** Keeps the copies that were made last. */
  private void evict() throws IOException {
    List<Path> copies;
    try (Stream<Path> children = Files.list(cache)) {
      copies = children.filter(Manifest::exists).toList();
    }
    copies.stream()
        .sorted(Comparator.comparing((Path p) -> p.toFile().lastModified()).reversed())
        .skip(CACHED)
        .forEach(CheckpointStore::delete);
  }

  private static void delete(Path directory) {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> walk = Files.walk(directory)) {
      for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new SpongeException("Cannot remove " + directory + ": " + e.getMessage(), e);
    }
  }

  private FileSystem fileSystem(String uri) throws IOException {
    return new org.apache.hadoop.fs.Path(uri).getFileSystem(hadoop);
  }

  /** Whether a URI names a local directory, which needs no copy. */
  static boolean isLocal(String uri) {
    return localPath(uri) != null;
  }

  /** The directory itself where the URI names a local one, else null. */
  private static Path localPath(String uri) {
    URI parsed = new org.apache.hadoop.fs.Path(uri).toUri();
    boolean local = parsed.getScheme() == null || parsed.getScheme().equals("file");
    return local ? Path.of(parsed.getPath()) : null;
  }
}
