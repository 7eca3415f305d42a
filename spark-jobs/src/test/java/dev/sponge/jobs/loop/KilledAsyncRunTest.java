package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.run.RunContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that dies while it samples and trains at the same time, again and again at random
 * moments, against a run in sequence that was left alone. More kills:
 *
 * <pre>
 * ./mvnw -pl spark-jobs test -Dtest=KilledAsyncRunTest -Dsponge.crash.kills=50 -Dsponge.crash.seed=7
 * </pre>
 */
class KilledAsyncRunTest {
  private static final int KILLS = Integer.getInteger("sponge.crash.kills", 2);
  private static final long SEED = Long.getLong("sponge.crash.seed", 20_261_124);

  /** What an overlapped step writes at least, in files of tables and checkpoints. */
  private static final int FILES_OF_A_STEP = 32;

  private static final int LONGEST_MILLIS = 60;
  private static final int SECONDS = 240;

  @TempDir Path directory;

  private Path work;

  private Process start(int number) throws IOException {
    Path config = TinyRun.configFile(directory);
    StringBuilder text = new StringBuilder(Files.readString(config));
    AsyncRunTest.async().forEach((key, value) -> text.append(key + " = " + value + "\n"));
    Files.writeString(config, text);
    return ChildJvm.start(
        directory.resolve("process" + number),
        List.of("-Dsponge.home=.."),
        Map.of(),
        KilledRunTest.Main.class,
        "run",
        "--work",
        work.toString(),
        "--config",
        config.toString());
  }

  /** Steps that are committed; the first commit of the table made it. */
  private int steps() {
    return (int)
        Math.max(
            files(work.resolve("tables/train_steps/_delta_log"))
                    .filter(name -> name.matches("\\d{20}\\.json"))
                    .count()
                - 1,
            0);
  }

  /** Names of all files below a directory that others write in and clean up meanwhile. */
  private static Stream<String> files(Path parent) {
    try (Stream<Path> walk = Files.exists(parent) ? Files.walk(parent) : Stream.empty()) {
      List<String> names = new ArrayList<>();
      walk.filter(Files::isRegularFile).forEach(file -> names.add(file.getFileName().toString()));
      return names.stream();
    } catch (IOException | UncheckedIOException e) {
      return Stream.empty();
    }
  }

  private long written() {
    return files(work.resolve("tables")).count() + files(work.resolve("checkpoints")).count();
  }

  /** Waits until a step has written so many files, or the next one begins. */
  private void await(Process process, int files) throws Exception {
    long end = System.nanoTime() + SECONDS * 1_000_000_000L;
    int step = steps();
    long before = written();
    while (written() - before < files
        && steps() == step
        && process.isAlive()
        && System.nanoTime() < end) {
      Thread.sleep(3);
    }
  }

  @Test
  void aRunThatIsKilledInTheOverlapGoesOnAndEqualsAnUnbrokenOne() throws Exception {
    work = directory.resolve("work");
    AsyncRunTest.stepZero(TinyRun.open(work, AsyncRunTest.async()));
    Random random = new Random(SEED);
    for (int kill = 0; kill < KILLS; kill++) {
      Process process = start(kill);
      int files = random.nextInt(FILES_OF_A_STEP);
      await(process, files);
      Thread.sleep(random.nextInt(LONGEST_MILLIS));
      process.destroyForcibly();
      process.waitFor();
      System.out.printf("killed in step %d after %d files or with it%n", steps(), files);
    }
    RunContext rest = TinyRun.open(work, AsyncRunTest.async());
    assertThat(AsyncRunTest.fsck(rest, directory.resolve("broken")).check().damages())
        .as("a broken-off run is not damaged")
        .isEmpty();

    new ReMixLoop(rest).run();
    AsyncRunTest.assertEqualButForEvaluations(rest);
    assertThat(Files.mismatch(weights(rest), weights(AsyncRunTest.sequential())))
        .as("byte in which the final weights differ")
        .isEqualTo(-1);
    assertThat(AsyncRunTest.fsck(rest, directory.resolve("whole")).check().damages()).isEmpty();
  }

  private static Path weights(RunContext run) {
    return run.checkpoints()
        .fetch(run.lakehouse().policies().latest(TinyRun.RUN).orElseThrow().checkpointUri())
        .resolve("model.safetensors");
  }
}
