package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.run.RunContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that dies while it samples and trains at the same time. */
class KilledAsyncRunTest {
  private static final int SECONDS = 120;

  @TempDir Path directory;

  private Process start(String name, Path work) throws IOException {
    Path config = TinyRun.configFile(directory);
    StringBuilder text = new StringBuilder(Files.readString(config));
    AsyncRunTest.async().forEach((key, value) -> text.append(key + " = " + value + "\n"));
    Files.writeString(config, text);
    return ChildJvm.start(
        directory.resolve(name),
        List.of("-Dsponge.home=.."),
        Map.of(),
        KilledRunTest.Main.class,
        "run",
        "--work",
        work.toString(),
        "--config",
        config.toString());
  }

  private static boolean isThere(Path parent, String pattern) throws IOException {
    if (!Files.isDirectory(parent)) {
      return false;
    }
    try (Stream<Path> files = Files.list(parent)) {
      return files.anyMatch(file -> file.getFileName().toString().matches(pattern));
    }
  }

  /** Step 1 has written rollouts or a checkpoint, and cannot have committed without both. */
  private static boolean overlaps(Path work) throws IOException {
    return isThere(work.resolve("tables/rollouts/_delta_log"), "0*2\\.json")
        || isThere(work.resolve("checkpoints").resolve(TinyRun.RUN), "v000002-.*");
  }

  @Test
  void aRunThatIsKilledInTheOverlapGoesOnAndEqualsAnUnbrokenOne() throws Exception {
    RunContext unbroken = TinyRun.open(directory.resolve("unbroken"), AsyncRunTest.async());
    new ReMixLoop(unbroken).run();

    Path work = directory.resolve("killed");
    Process killed = start("first", work);
    long end = System.nanoTime() + SECONDS * 1_000_000_000L;
    while (!overlaps(work) && killed.isAlive() && System.nanoTime() < end) {
      Thread.sleep(2);
    }
    assertThat(overlaps(work)).as(Files.readString(directory.resolve("first/err"))).isTrue();
    killed.destroyForcibly();
    assertThat(killed.waitFor()).isNotZero();
    RunContext rest = TinyRun.open(work, AsyncRunTest.async());
    assertThat(rest.lakehouse().trainSteps().read(TinyRun.RUN)).hasSizeBetween(1, 2);

    new ReMixLoop(rest).run();
    Contents.assertEqual(
        Contents.of(rest.lakehouse(), TinyRun.RUN), Contents.of(unbroken.lakehouse(), TinyRun.RUN));
  }
}
