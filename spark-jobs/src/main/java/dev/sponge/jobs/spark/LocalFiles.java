package dev.sponge.jobs.spark;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumFs;
import org.apache.hadoop.fs.DelegateToFileSystem;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FsConstants;
import org.apache.hadoop.fs.FsServerDefaults;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.local.LocalConfigKeys;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * Hadoop's local file system without a child process for every file: where Hadoop's native library
 * is missing, as it is from the Maven artifacts, it runs {@code chmod} and {@code readlink} for
 * each file written, which is most of what a small commit costs. It also makes a rename that must
 * not overwrite, by which Delta commits, one atomic act of the operating system.
 */
public final class LocalFiles extends LocalFileSystem {
  /** Hadoop's settings that choose these classes for {@code file:} paths. */
  static final Map<String, String> SETTINGS =
      Map.of(
          "spark.hadoop.fs.file.impl", LocalFiles.class.getName(),
          "spark.hadoop.fs.AbstractFileSystem.file.impl", Context.class.getName());

  /** For Hadoop, which makes it by its name. */
  public LocalFiles() {
    super(new Raw());
  }

  private static java.nio.file.Path nio(RawLocalFileSystem files, Path path) {
    return files.pathToFile(path).toPath();
  }

  private static final class Raw extends RawLocalFileSystem {
    @Override
    public void setPermission(Path path, FsPermission permission) throws IOException {
      PosixFileAttributeView view =
          Files.getFileAttributeView(nio(this, path), PosixFileAttributeView.class);
      if (view == null || permission.getStickyBit()) {
        super.setPermission(path, permission);
      } else {
        view.setPermissions(
            PosixFilePermissions.fromString(
                permission.getUserAction().SYMBOL
                    + permission.getGroupAction().SYMBOL
                    + permission.getOtherAction().SYMBOL));
      }
    }

    @Override
    public FileStatus getFileLinkStatus(Path path) throws IOException {
      return Files.isSymbolicLink(nio(this, path))
          ? super.getFileLinkStatus(path)
          : getFileStatus(path);
    }
  }

  /** The same for Hadoop's newer interface, by which Delta writes its log. */
  public static final class Context extends ChecksumFs {
    /** For Hadoop, which makes it by its name. */
    public Context(URI uri, Configuration settings) throws IOException, URISyntaxException {
      super(new RawContext(new Raw(), settings));
    }
  }

  private static final class RawContext extends DelegateToFileSystem {
    private final Raw files;

    RawContext(Raw files, Configuration settings) throws IOException, URISyntaxException {
      super(FsConstants.LOCAL_FS_URI, files, settings, FsConstants.LOCAL_FS_URI.getScheme(), false);
      this.files = files;
    }

    @Override
    public int getUriDefaultPort() {
      return -1; // none
    }

    @Override
    public FsServerDefaults getServerDefaults(Path path) throws IOException {
      return LocalConfigKeys.getServerDefaults();
    }

    @Override
    public boolean isValidName(String name) {
      return true; // the local file system decides
    }

    /**
     * Hadoop asks whether {@code target} is there and renames then, so that of two writers one may
     * overwrite the other. A hard link is refused where the name is taken.
     */
    @Override
    public void renameInternal(Path source, Path target, boolean overwrite) throws IOException {
      java.nio.file.Path from = nio(files, source);
      if (overwrite || !Files.isRegularFile(from)) {
        super.renameInternal(source, target, overwrite);
        return;
      }
      try {
        Files.createLink(nio(files, target), from);
      } catch (java.nio.file.FileAlreadyExistsException e) {
        throw new FileAlreadyExistsException("rename destination " + target + " already exists.");
      } catch (UnsupportedOperationException | java.nio.file.FileSystemException e) {
        // A file system without hard links.
        super.renameInternal(source, target, overwrite);
        return;
      }
      Files.delete(from);
    }
  }
}
