package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.cli.Sponge;
import dev.sponge.jobs.ledger.Fsck;
import dev.sponge.jobs.prepare.PrepareJob;
import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.rollout.RolloutJob;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.spark.SparkSessions;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.training.BootstrapJob;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkStageInfo;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.JavaSparkStatusTracker;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Two executors in processes of their own, each with a GPU that only the scheduler believes in. */
@TestInstance(Lifecycle.PER_CLASS)
class ClusterTest {
  private static final String GPU_ADDRESS = "7";

  @TempDir static Path directory;
  private Path work;
  private Path struck;
  private List<String> found;

  /** The driver: rollouts of step 0, then a device that does not exist. */
  static final class Driver {
    private Driver() {}

    public static void main(String[] args) throws Exception {
      Path work = Path.of(args[0]);
      List<String> found = new ArrayList<>();
      SparkSession spark = SparkSessions.cluster();
      awaitExecutors(spark);
      RunContext run = open(spark, work, Map.of());
      RunState state = RunState.require(run.lakehouse(), TinyRun.RUN);
      new RolloutJob(run).run(state, new Times());
      found.add("executors " + String.join(",", executors(spark)));
      found.add("killed " + rolloutsWithAKilledExecutor(open(spark, Path.of(args[2]), Map.of())));

      RunContext onGpu = open(spark, work, Map.of("engine.device", "spark", "run.name", "gpu"));
      new BootstrapOfAnotherRun(run, onGpu).publish();
      try {
        new RolloutJob(onGpu).run(RunState.require(onGpu.lakehouse(), "gpu"), new Times());
        found.add("no failure");
      } catch (Exception e) { // Spark throws its checked exception undeclared.
        found.add("failure " + e);
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
          if (cause instanceof UserError) {
            found.add("user error " + cause.getMessage());
          }
        }
      }
      found.add("gpu rollouts " + onGpu.lakehouse().rollouts().read("gpu", 0, 0).size());
      Files.write(Path.of(args[1]), found);
      spark.stop();
      System.exit(0);
    }

    /** Kills the process of an executor while it generates rollouts. */
    private static boolean rolloutsWithAKilledExecutor(RunContext run) throws Exception {
      CompletableFuture<Boolean> killed =
          CompletableFuture.supplyAsync(() -> killWhenBusy(run.spark().statusTracker()));
      new RolloutJob(run).run(RunState.require(run.lakehouse(), TinyRun.RUN), new Times());
      return killed.get(1, TimeUnit.MINUTES);
    }

    private static boolean killWhenBusy(JavaSparkStatusTracker tracker) {
      long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
      while (System.nanoTime() < end) {
        for (int stage : tracker.getActiveStageIds()) {
          SparkStageInfo info = tracker.getStageInfo(stage);
          if (info != null && info.numActiveTasks() > 0) {
            return ProcessHandle.current()
                .children()
                .filter(child -> child.info().command().orElse("").endsWith("java"))
                .findFirst()
                .map(ProcessHandle::destroyForcibly)
                .orElse(false);
          }
        }
        Thread.onSpinWait();
      }
      return false;
    }

    private static RunContext open(SparkSession spark, Path work, Map<String, String> overrides) {
      return new RunContext(
          work,
          Lakehouse.open(spark, work),
          TinyRun.config(overrides),
          Console.on(System.out, /* quiet= */ true));
    }

    private static void awaitExecutors(SparkSession spark) throws InterruptedException {
      // The driver's block manager counts too.
      for (int i = 0; i < 600 && spark.sparkContext().getExecutorMemoryStatus().size() < 3; i++) {
        Thread.sleep(100);
      }
    }

    private static Set<String> executors(SparkSession spark) {
      List<Integer> parts = List.of(0, 1);
      return new TreeSet<>(
          JavaSparkContext.fromSparkContext(spark.sparkContext())
              .parallelize(parts, 2)
              .map(
                  part -> {
                    Thread.sleep(500);
                    return SparkEnv.get().executorId();
                  })
              .collect());
    }
  }

  /** The same base policy under another run's name. */
  private record BootstrapOfAnotherRun(RunContext from, RunContext to) {
    void publish() {
      var base = from.lakehouse().policies().read(from.runId(), 0).orElseThrow();
      to.lakehouse()
          .policies()
          .append(
              new dev.sponge.jobs.table.Policy(
                  to.runId(),
                  0,
                  base.attemptId(),
                  null,
                  0,
                  0,
                  0,
                  base.checkpointUri(),
                  base.weightsSha256(),
                  to.config().resolved(),
                  base.engine(),
                  base.createdAt(),
                  null));
    }
  }

  @BeforeAll
  void runOnTheCluster() throws Exception {
    work = directory.resolve("work");
    RunContext run = TinyRun.open(work);
    new PrepareJob(run).run();
    new BootstrapJob(run).run();
    struck = directory.resolve("struck");
    copy(work, struck);

    Path script = directory.resolve("gpus.sh");
    Files.writeString(
        script,
        "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"" + GPU_ADDRESS + "\"]}'\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path home = directory.resolve("spark-home");
    Files.createDirectories(home.resolve("jars"));
    Path results = directory.resolve("results");
    List<String> flags = new ArrayList<>();
    Map.ofEntries(
            Map.entry("master", "local-cluster[2,1,1024]"),
            Map.entry("ui.enabled", "false"),
            Map.entry("driver.host", "localhost"),
            Map.entry("driver.bindAddress", "127.0.0.1"),
            Map.entry("local.dir", directory.resolve("scratch").toString()),
            Map.entry("executor.memory", "900m"),
            Map.entry("executor.extraClassPath", System.getProperty("java.class.path")),
            Map.entry("executor.extraJavaOptions", String.join(" ", ChildJvm.inherited())),
            Map.entry("worker.resource.gpu.amount", "1"),
            Map.entry("worker.resource.gpu.discoveryScript", script.toString()),
            Map.entry("executor.resource.gpu.amount", "1"),
            Map.entry("task.resource.gpu.amount", "1"))
        .forEach((key, value) -> flags.add("-Dspark." + key + "=" + value));
    Process driver =
        ChildJvm.start(
            directory.resolve("driver"),
            flags,
            Map.of("SPARK_HOME", home.toString(), "SPARK_SCALA_VERSION", "2.13"),
            Driver.class,
            work.toString(),
            results.toString(),
            struck.toString());
    assertThat(ChildJvm.exitCode(driver, directory.resolve("driver")))
        .as(Files.readString(directory.resolve("driver").resolve("err")))
        .isEqualTo(Sponge.DONE);
    found = Files.readAllLines(results);
  }

  @Test
  void twoExecutorsGiveTheRolloutsOfOne() {
    assertThat(found).contains("executors 0,1");
    List<Rollout> cluster = TinyRun.open(work).lakehouse().rollouts().read(TinyRun.RUN, 0, 0);
    List<Rollout> local = TinyRun.reference().lakehouse().rollouts().read(TinyRun.RUN, 0, 0);
    assertThat(cluster).extracting(Rollout::workUnit).contains(0, 1);
    assertThat(Contents.rows(cluster)).isEqualTo(Contents.rows(local));
  }

  @Test
  void anExecutorThatIsKilledCostsAndDoublesNoRollout() {
    assertThat(found).contains("killed true");
    Lakehouse lake = TinyRun.open(struck).lakehouse();
    assertThat(Contents.rows(lake.rollouts().read(TinyRun.RUN, 0, 0)))
        .isEqualTo(
            Contents.rows(TinyRun.reference().lakehouse().rollouts().read(TinyRun.RUN, 0, 0)));
    assertThat(
            new Fsck(lake, directory.resolve("fsck"), new Fsck.Scope(Optional.empty(), false))
                .check()
                .damages())
        .isEmpty();
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.sorted().toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  @Test
  void theGpuThatSparkAssignsIsTheOneTheTaskAsksFor() {
    assertThat(found)
        .filteredOn(line -> line.startsWith("user error"))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line).contains("gpu(" + GPU_ADDRESS + ")", "GPUs"));
    assertThat(found).contains("gpu rollouts 0");
  }
}
