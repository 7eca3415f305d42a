package dev.sponge.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own shows: loaded classes, the log file, signals. */
class SpongeProcessTest {
  /** Tests of other packages log by a configuration of their own, which comes first. */
  private static final String PRODUCT_LOGGING = "-Dlog4j2.configurationFile=log4j2.properties";

  private static final int IGNORED_INTERRUPT = 1 << 1;

  @TempDir Path directory;

  private Process start(List<String> jvmFlags, String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Dsponge.home=..", PRODUCT_LOGGING));
    command.addAll(jvmFlags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(FakeStages.class.getName());
    command.addAll(List.of(args));
    command.addAll(List.of("--work", directory.resolve("work").toString()));
    return new ProcessBuilder(command)
        .redirectError(directory.resolve("err").toFile())
        .redirectOutput(directory.resolve("out").toFile())
        .start();
  }

  private List<String> lines(String file) throws IOException {
    return Files.readAllLines(directory.resolve(file));
  }

  private static int exitCode(Process process) throws InterruptedException {
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void badInputIsRefusedWithoutLoadingSparkDeltaOrTheEngine() throws Exception {
    Process process =
        start(
            List.of("-Xlog:class+load:file=" + directory.resolve("classes")), "run", "--seed", "x");
    assertThat(exitCode(process)).isEqualTo(2);
    assertThat(lines("err")).singleElement().asString().startsWith("sponge: run.seed = \"x\"");
    assertThat(lines("classes"))
        .isNotEmpty()
        .noneMatch(line -> line.matches(".* (org\\.apache|io\\.delta|ai\\.djl|scala)\\..*"));
  }

  @Test
  void theTraceOfAFailureIsInTheLogAndNotOnTheTerminal() throws Exception {
    Process process = start(List.of("-Dfake=fail"), "run");
    assertThat(exitCode(process)).isEqualTo(1);
    Path log = directory.resolve("work").resolve("logs").resolve("sponge.log");
    assertThat(lines("err"))
        .containsExactly(
            "sponge: The command failed with RuntimeException: the inner cause."
                + " The full trace is in "
                + log
                + ".");
    assertThat(Files.readString(log))
        .contains("The command failed", "\tat dev.sponge.jobs.cli.FakeStages", "the inner cause");
  }

  @Test
  void ctrlCEndsAStageWithCode130AndOneSentence() throws Exception {
    Process process = start(List.of("-Dfake=sleep"), "run", "--quiet");
    try {
      awaitStart(process);
      assumeThat(interruptible(process)).as("a process that may be interrupted").isTrue();
      new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
      assertThat(exitCode(process)).isEqualTo(130);
    } finally {
      process.destroyForcibly();
    }
    assertThat(lines("err").stream().filter(line -> !line.isBlank()))
        .singleElement()
        .asString()
        .startsWith("sponge: interrupted");
  }

  private void awaitStart(Process process) throws Exception {
    for (int i = 0; i < 600 && lines("out").isEmpty() && process.isAlive(); i++) {
      Thread.sleep(50);
    }
    assertThat(lines("out")).contains("started");
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
