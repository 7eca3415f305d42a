package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.table.Lakehouse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run in a process that really dies, again and again, against one that was left alone. */
class KilledRunTest {
  private static final int IGNORED_INTERRUPT = 1 << 1;
  private static final int SECONDS = 120;

  @TempDir Path directory;

  private Path work;
  private int processes;
  private Path output;

  /** Runs {@code sponge run} as a user's process does. */
  static final class Main {
    private Main() {}

    public static void main(String[] args) {
      dev.sponge.jobs.cli.Sponge.main(args);
    }
  }

  private Process start() throws IOException {
    output = directory.resolve("process" + processes++);
    return ChildJvm.start(
        output,
        List.of("-Dsponge.home=.."),
        Map.of(),
        Main.class,
        "run",
        "--work",
        work.toString(),
        "--config",
        TinyRun.configFile(directory).toString());
  }

  /** Number of commits of a table, the one that made it included. */
  private long commits(String table) {
    return names(work.resolve("tables").resolve(table).resolve("_delta_log")).stream()
        .filter(name -> name.matches("\\d{20}\\.json"))
        .count();
  }

  private static List<String> names(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void await(Process process, BooleanSupplier moment) throws Exception {
    long end = System.nanoTime() + SECONDS * 1_000_000_000L;
    while (!moment.getAsBoolean() && process.isAlive() && System.nanoTime() < end) {
      Thread.sleep(2);
    }
    assertThat(process.isAlive())
        .as("it still runs; its stderr: %s", Files.readString(output.resolve("err")))
        .isTrue();
    assertThat(moment.getAsBoolean()).as("the moment to stop it came").isTrue();
  }

  private void kill(Process process) throws Exception {
    process.destroyForcibly();
    assertThat(process.waitFor()).isNotZero();
  }

  private void assertTablesAreReadable(int committedSteps) {
    Lakehouse lake = TinyRun.open(work).lakehouse();
    assertThat(lake.trainSteps().read(TinyRun.RUN)).hasSize(committedSteps);
    assertThat(lake.policies().latest(TinyRun.RUN).orElseThrow().policyVersion())
        .isEqualTo(committedSteps);
    lake.tables().forEach(table -> assertThat(table.committed().count()).isNotNegative());
    Contents.of(lake, TinyRun.RUN);
  }

  @Test
  void aRunThatIsKilledAndResumedEqualsAnUnbrokenOne() throws Exception {
    work = directory.resolve("work");

    Process inRollouts = start();
    // The rollouts of step 0 are committed, neither their rewards nor the step are.
    await(inRollouts, () -> commits("rollouts") > 1);
    kill(inRollouts);
    assertTablesAreReadable(0);

    Process inTraining = start();
    // Step 1 wrote its checkpoint, or part of it, and has not committed.
    await(
        inTraining,
        () ->
            names(work.resolve("checkpoints").resolve(TinyRun.RUN)).stream()
                .anyMatch(name -> name.startsWith("v000002-")));
    kill(inTraining);
    assertTablesAreReadable(1);

    Process interrupted = start();
    await(interrupted, () -> commits("rollouts") > 3);
    if (interruptible(interrupted)) {
      new ProcessBuilder("kill", "-INT", Long.toString(interrupted.pid())).start().waitFor();
      assertThat(ChildJvm.exitCode(interrupted, output)).isEqualTo(130);
      assertThat(Files.readString(output.resolve("err")))
          .contains("sponge: interrupted")
          .doesNotContain("\tat ");
    } else {
      kill(interrupted);
    }
    assertTablesAreReadable(2);

    Process last = start();
    assertThat(ChildJvm.exitCode(last, output))
        .as(Files.readString(output.resolve("err")))
        .isZero();
    assertThat(Files.readString(output.resolve("out"))).doesNotContain("nothing to do");
    Contents.assertEqual(
        Contents.of(TinyRun.open(work).lakehouse(), TinyRun.RUN),
        Contents.of(TinyRun.reference().lakehouse(), TinyRun.RUN));
    assertThat(work.resolve("summary.json")).exists();
  }

  /** A background job of a shell inherits an ignored SIGINT, which the JVM then leaves ignored. */
  private static boolean interruptible(Process process) throws IOException {
    Path status = Path.of("/proc/" + process.pid() + "/status");
    if (!Files.exists(status)) {
      return false;
    }
    try (BufferedReader reader = Files.newBufferedReader(status)) {
      return reader
          .lines()
          .filter(line -> line.startsWith("SigIgn:"))
          .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
          .noneMatch(mask -> (mask & IGNORED_INTERRUPT) != 0);
    }
  }
}
