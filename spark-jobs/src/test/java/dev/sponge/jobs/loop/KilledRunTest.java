package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.ledger.Fsck;
import dev.sponge.jobs.ledger.RunLease;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.rl.UserError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run in a process that really dies, again and again at random moments, against one that was left
 * alone. More kills, with a log of them, from the directory of the project:
 *
 * <pre>
 * ./mvnw -pl spark-jobs test -Dtest=KilledRunTest -Dsponge.crash.kills=50 \
 *   -Dsponge.crash.seed=7 -Dsponge.crash.log=crash-test.log
 * </pre>
 */
class KilledRunTest {
  private static final int KILLS = Integer.getInteger("sponge.crash.kills", 5);
  private static final long SEED = Long.getLong("sponge.crash.seed", 20_261_123);
  private static final String LOG = System.getProperty("sponge.crash.log", "");

  /** What a step writes at least, in files of tables and checkpoints, those of checksums too. */
  private static final int FILES_OF_A_STEP = 60;

  private static final int LONGEST_MILLIS = 60;
  private static final int IGNORED_INTERRUPT = 1 << 1;
  private static final int SECONDS = 240;

  /** More would find it at its end. */
  private static final int KILLS_OF_A_RUN = 5;

  private static final int NO_POLICY = -1;

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

  /**
   * A moment to kill a process.
   *
   * @param step the outer step that is under way; -1 is the time before there is a policy
   * @param files that the process has written since it began or the step did
   * @param millis after that
   */
  private record Moment(int step, int files, int millis) {
    static List<Moment> random(Random random, int count) {
      List<Moment> moments = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        moments.add(
            new Moment(
                random.nextInt(TinyRun.STEPS + 1) + NO_POLICY,
                random.nextInt(FILES_OF_A_STEP),
                random.nextInt(LONGEST_MILLIS)));
      }
      moments.sort(Comparator.comparingInt(Moment::step));
      return moments;
    }
  }

  private Process start() throws IOException {
    output = directory.resolve("process" + processes++);
    return ChildJvm.start(
        output,
        List.of("-Dsponge.home=..", "-Dlog4j2.configurationFile=log4j2.properties"),
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
    Path log = work.resolve("tables").resolve(table).resolve("_delta_log");
    return files(log).stream()
        .filter(file -> file.getFileName().toString().matches("\\d{20}\\.json"))
        .count();
  }

  /** The step that is under way. */
  private int step() {
    return commits("policies") <= 1 ? NO_POLICY : (int) Math.max(commits("train_steps") - 1, 0);
  }

  /** All files below a directory that others write in and clean up meanwhile. */
  private static Set<Path> files(Path directory) {
    Set<Path> files = new HashSet<>();
    try (Stream<Path> walk = Files.exists(directory) ? Files.walk(directory) : Stream.empty()) {
      walk.filter(Files::isRegularFile).forEach(files::add);
    } catch (IOException | UncheckedIOException e) {
      return files;
    }
    return files;
  }

  private Set<Path> written() {
    Set<Path> files = files(work.resolve("tables"));
    files.addAll(files(work.resolve("checkpoints")));
    return files;
  }

  /**
   * Waits for a moment, or for the step after it.
   *
   * @return the files that the process wrote
   */
  private int await(Process process, Moment moment) throws Exception {
    long end = System.nanoTime() + SECONDS * 1_000_000_000L;
    Set<Path> before = written();
    int count = 0;
    while (process.isAlive() && System.nanoTime() < end) {
      Set<Path> now = written();
      int step = step();
      if (step < moment.step()) {
        before = now;
      } else {
        now.removeAll(before);
        count = now.size();
        if (step > moment.step() || count >= moment.files()) {
          Thread.sleep(moment.millis());
          break;
        }
      }
      Thread.sleep(3);
    }
    assertThat(process.isAlive())
        .as("it still runs; its stderr: %s", Files.readString(output.resolve("err")))
        .isTrue();
    return count;
  }

  @Test
  void aRunThatIsKilledAndResumedEqualsAnUnbrokenOne() throws Exception {
    log("%s: %d kills, seed %d".formatted(Instant.now(), KILLS, SEED));
    Random random = new Random(SEED);
    for (int kills = 0; kills < KILLS; kills += KILLS_OF_A_RUN) {
      work = directory.resolve("work" + kills);
      log("a new run");
      if (kills == 0) {
        Process first = start();
        assertNobodyElseMayWorkOnTheRun(first);
        interrupt(first);
      }
      assertSurvives(Moment.random(random, Math.min(KILLS - kills, KILLS_OF_A_RUN)), kills);
    }
  }

  private void assertSurvives(List<Moment> moments, int before) throws Exception {
    for (int i = 0; i < moments.size(); i++) {
      Process process = start();
      int files = await(process, moments.get(i));
      process.destroyForcibly();
      assertThat(process.waitFor()).isNotZero();
      log(
          "kill %2d: %s, killed in step %d after %d files"
              .formatted(before + i + 1, moments.get(i), step(), files));
    }
    assertThat(fsck().check().damages()).as("a broken-off run is not damaged").isEmpty();

    Process last = start();
    assertThat(ChildJvm.exitCode(last, output))
        .as(Files.readString(output.resolve("err")))
        .isZero();
    assertThat(Files.readString(output.resolve("err"))).isEmpty();
    assertEqualsAnUnbrokenRun();
  }

  private Fsck fsck() {
    return new Fsck(
        TinyRun.open(work).lakehouse(),
        directory.resolve("scratch"),
        new Fsck.Scope(Optional.of(TinyRun.RUN), true));
  }

  private void assertNobodyElseMayWorkOnTheRun(Process process) throws Exception {
    await(process, new Moment(NO_POLICY, 0, 0));
    long end = System.nanoTime() + SECONDS * 1_000_000_000L;
    while (commits("leases") < 2 && process.isAlive() && System.nanoTime() < end) {
      Thread.sleep(3);
    }
    RunContext second = TinyRun.open(work);
    assertThatThrownBy(() -> RunLease.holding(second, () -> "worked"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("is in use by process " + process.pid());
  }

  /** Ctrl-C. */
  private void interrupt(Process process) throws Exception {
    if (!interruptible(process)) {
      process.destroyForcibly();
      return;
    }
    new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
    assertThat(ChildJvm.exitCode(process, output)).isEqualTo(130);
    assertThat(Files.readString(output.resolve("err")))
        .contains("sponge: interrupted")
        .doesNotContain("\tat ");
    assertThat(TinyRun.open(work).lakehouse().leases().find(TinyRun.RUN).orElseThrow().released())
        .as("the lease is given back")
        .isTrue();
  }

  private void assertEqualsAnUnbrokenRun() throws IOException {
    RunContext run = TinyRun.open(work);
    var report = fsck().check();
    log(report.lines().get(report.lines().size() - 1));
    assertThat(report.damages()).isEmpty();
    Contents.assertEqual(
        Contents.of(run.lakehouse(), TinyRun.RUN),
        Contents.of(TinyRun.reference().lakehouse(), TinyRun.RUN));
    assertThat(Files.mismatch(weights(run), weights(TinyRun.reference())))
        .as("byte in which the final weights differ")
        .isEqualTo(-1);
    assertThat(work.resolve("summary.json")).exists();
    log("tables and final weights equal those of an unbroken run");
  }

  private static Path weights(RunContext run) {
    return run.checkpoints()
        .fetch(run.lakehouse().policies().latest(TinyRun.RUN).orElseThrow().checkpointUri())
        .resolve("model.safetensors");
  }

  private static void log(String line) throws IOException {
    System.out.println(line);
    if (!LOG.isEmpty()) {
      Files.writeString(
          Path.of(LOG), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
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
