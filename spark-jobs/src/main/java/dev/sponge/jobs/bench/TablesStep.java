package dev.sponge.jobs.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Rollout;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * What one outer step asks of the tables, call by call as the jobs do, with the defaults' two past
 * versions of history. Checkpoints, the engine and the verifier are no part of it.
 */
final class TablesStep {
  private static final int TASKS = 2;
  private static final int PAST_VERSIONS = 2;

  private final Lakehouse lake;
  private final HistoryRows rows;
  private final JavaSparkContext spark;
  private final Map<String, Double> seconds = new LinkedHashMap<>();

  TablesStep(Lakehouse lake, HistoryRows rows) {
    this.lake = lake;
    this.rows = rows;
    this.spark = JavaSparkContext.fromSparkContext(lake.spark().sparkContext());
  }

  /**
   * @return seconds by part; {@code total} is wall-clock, {@code cpu} is that of the whole process
   */
  Map<String, Double> run(int k) {
    // Rows are the engine's work: they are made before the clock runs, fresh rollouts aside.
    Rows made = new Rows(k);
    long cpu = cpuNanos();
    Stopwatch total = Stopwatch.started();
    measure("rollouts", () -> sample(k));
    measure("rewards", () -> verify(k, made));
    measure("read", () -> read(k));
    measure("append", () -> append(k, made));
    measure("commit", () -> lake.trainSteps().append(rows.trainStep(k)));
    measure("state", this::state);
    seconds.put("total", total.seconds());
    seconds.put("cpu", (cpuNanos() - cpu) / 1e9);
    return Map.copyOf(seconds);
  }

  /** What the engine would have computed. */
  private final class Rows {
    private final List<dev.sponge.jobs.table.Reward> rewards;
    private final List<dev.sponge.jobs.table.AnchorLogprobs> anchors;
    private final List<dev.sponge.jobs.table.StepRollout> stepRollouts;

    Rows(int k) {
      rewards = rows.rewards(k);
      anchors = rows.anchors(k, IntStream.of(0, k - 1, k).distinct().boxed().toList());
      stepRollouts = rows.stepRollouts(k);
    }
  }

  /** As {@code RolloutJob}: tasks write the files of what they sample. */
  private void sample(int k) {
    lake.rollouts().lastVersion(rows.run());
    lake.prompts().read("train");
    HistoryRows source = rows;
    int share = (rows.rollouts() + TASKS - 1) / TASKS;
    List<Integer> tasks = IntStream.range(0, TASKS).boxed().toList();
    JavaRDD<Rollout> sampled =
        spark
            .parallelize(tasks, TASKS)
            .flatMap(
                task ->
                    source
                        .rollouts(k, task * share, Math.min((task + 1) * share, source.rollouts()))
                        .iterator());
    lake.rollouts().append(rows.run(), k, sampled);
  }

  private void verify(int k, Rows made) {
    lake.rewards().read(rows.run(), k, k, HistoryRows.VERIFIER);
    lake.prompts().read("train");
    lake.rollouts().read(rows.run(), k, k);
    lake.rewards().append(rows.run(), k, HistoryRows.VERIFIER, made.rewards);
  }

  /** As {@code TrainJob}: the versions that are read, the window, and the policies of anchors. */
  private void read(int k) {
    lake.prompts().version();
    lake.rollouts().version();
    lake.rewards().version();
    lake.anchorLogprobs().version();
    int from = Math.max(k - PAST_VERSIONS, 0);
    lake.rollouts().read(rows.run(), from, k);
    lake.rewards().read(rows.run(), from, k, HistoryRows.VERIFIER);
    lake.anchorLogprobs().read(rows.run(), from, k - 1);
    for (int version : new int[] {k, k - 1, 0}) {
      lake.policies().read(rows.run(), version);
    }
  }

  private void append(int k, Rows made) {
    String attempt = HistoryRows.attempt(k);
    CompletableFuture.allOf(
            CompletableFuture.runAsync(
                () -> lake.anchorLogprobs().append(rows.run(), k, attempt, made.anchors)),
            CompletableFuture.runAsync(
                () -> lake.stepRollouts().append(rows.run(), k, attempt, made.stepRollouts)),
            CompletableFuture.runAsync(
                () ->
                    lake.policies()
                        .append(rows.policy(k + 1, lake.checkpoint(rows.run(), k + 1, attempt)))))
        .join();
  }

  /** As {@code ReMixLoop} between steps. */
  private void state() {
    RunState state = RunState.require(lake, rows.run());
    lake.evaluations().read(rows.run(), state.step());
    lake.incarnations().read(rows.run());
  }

  private void measure(String part, Runnable work) {
    Stopwatch watch = Stopwatch.started();
    work.run();
    seconds.put(part, watch.seconds());
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
