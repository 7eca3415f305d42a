package dev.sponge.jobs.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Shell;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalFilesTest {
  private static final URI LOCAL = URI.create("file:///");

  @TempDir private java.nio.file.Path directory;

  private static Configuration settings() {
    Configuration settings = new Configuration();
    LocalFiles.SETTINGS.forEach(
        (key, value) -> settings.set(key.substring("spark.hadoop.".length()), value));
    return settings;
  }

  private Path path(String name) {
    return new Path(directory.resolve(name).toUri());
  }

  private void write(FileContext context, String name, String text) throws IOException {
    try (OutputStream out = context.create(path(name), EnumSet.of(CreateFlag.CREATE))) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void bothInterfacesAreOurs() throws IOException {
    try (FileSystem files = FileSystem.newInstance(LOCAL, settings())) {
      assertThat(files).isInstanceOf(LocalFiles.class);
    }
    assertThat(FileContext.getFileContext(LOCAL, settings()).getDefaultFileSystem())
        .isInstanceOf(LocalFiles.Context.class);
  }

  @Test
  void permissionsAreSetWithoutAChildProcess() throws IOException {
    try (FileSystem files = FileSystem.newInstance(LOCAL, settings())) {
      files.create(path("a")).close();
      files.setPermission(path("a"), new FsPermission((short) 0640));
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("a"))))
          .isEqualTo("rw-r-----");
      assertThatThrownBy(() -> files.setPermission(path("none"), new FsPermission((short) 0640)))
          .isInstanceOf(IOException.class);
    }
    assertThat(Shell.getAllShells()).isEmpty();
  }

  @Test
  void ofManyRenamesToOneNameOneSucceeds() throws Exception {
    FileContext context = FileContext.getFileContext(LOCAL, settings());
    int writers = 4;
    ExecutorService pool = Executors.newFixedThreadPool(writers);
    try {
      for (int round = 0; round < 300; round++) {
        String target = "commit" + round;
        for (int i = 0; i < writers; i++) {
          write(context, target + "-" + i, "writer " + i);
        }
        CyclicBarrier start = new CyclicBarrier(writers);
        List<Future<Boolean>> results =
            IntStream.range(0, writers)
                .mapToObj(
                    i ->
                        pool.submit(
                            () -> {
                              start.await();
                              try {
                                context.rename(path(target + "-" + i), path(target));
                                return true;
                              } catch (FileAlreadyExistsException e) {
                                return false;
                              }
                            }))
                .toList();
        String winner = null;
        for (int i = 0; i < writers; i++) {
          if (results.get(i).get()) {
            assertThat(winner).as("one winner alone").isNull();
            winner = "writer " + i;
          }
        }
        assertThat(winner).isNotNull();
        try (var in = context.open(path(target))) {
          assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(winner);
        }
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void aMissingSourceAndATakenNameAreErrors() throws IOException {
    FileContext context = FileContext.getFileContext(LOCAL, settings());
    write(context, "a", "a");
    write(context, "b", "b");
    assertThatThrownBy(() -> context.rename(path("none"), path("c")))
        .isInstanceOf(java.io.FileNotFoundException.class);
    assertThatThrownBy(() -> context.rename(path("a"), path("b")))
        .isInstanceOf(FileAlreadyExistsException.class);
    context.rename(path("a"), path("b"), org.apache.hadoop.fs.Options.Rename.OVERWRITE);
    assertThat(directory.resolve("b")).hasContent("a");
    assertThat(directory.resolve("a")).doesNotExist();
  }
}
