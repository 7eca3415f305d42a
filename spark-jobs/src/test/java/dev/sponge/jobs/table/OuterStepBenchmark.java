package dev.sponge.jobs.table;

import static dev.sponge.jobs.table.LakehouseFixture.RUN;
import static dev.sponge.jobs.table.LakehouseFixture.VERIFIER;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Measures what the tables of one outer step cost: {@code main(steps, rollouts per step, tokens)}.
 * The figures stand in notes.md; nothing runs this in a build.
 */
final class OuterStepBenchmark {
  private static final Map<String, List<Double>> SECONDS = new LinkedHashMap<>();

  private OuterStepBenchmark() {}

  private interface Work {
    void run() throws Exception;
  }

  public static void main(String[] args) throws Exception {
    int steps = Integer.parseInt(args[0]);
    int count = Integer.parseInt(args[1]);
    int tokens = Integer.parseInt(args[2]);
    Path work = Files.createTempDirectory("sponge-benchmark");
    Lakehouse[] lake = new Lakehouse[1];
    LakehouseFixture.spark();
    time("open", () -> lake[0] = Lakehouse.open(LakehouseFixture.spark(), work));
    time("open again", () -> lake[0] = Lakehouse.open(LakehouseFixture.spark(), work));
    lake[0].policies().append(LakehouseFixture.policy(0, "b"));
    for (int step = 0; step < steps; step++) {
      int k = step;
      time("SUM kernel", () -> kernelStep(lake[0], k, count, tokens));
      if (args.length > 3) {
        time("SUM spark", () -> sparkStep(work.resolve("spark").toString(), lake[0], k));
      }
    }
    report(steps);
  }

  private static void kernelStep(Lakehouse lake, int k, int count, int tokens) throws Exception {
    List<Rollout> rollouts = LakehouseFixture.rollouts(k, count, tokens);
    time("append rollouts", () -> lake.rollouts().append(RUN, k, rollouts));
    List<Reward> rewards = LakehouseFixture.rewards(rollouts);
    time("append rewards", () -> lake.rewards().append(RUN, k, VERIFIER, rewards));
    time("last step", () -> lake.trainSteps().lastStep(RUN));
    time("read rollouts", () -> lake.rollouts().read(RUN, Math.max(0, k - 2), k));
    time("read rewards", () -> lake.rewards().read(RUN, Math.max(0, k - 2), k, VERIFIER));
    time("read anchors", () -> lake.anchorLogprobs().read(RUN, Math.max(0, k - 2), k - 1));
    String attempt = "a" + k;
    List<AnchorLogprobs> anchors = LakehouseFixture.anchors(rollouts, k, attempt);
    List<StepRollout> moved = LakehouseFixture.stepRollouts(rollouts, k, attempt);
    time("append anchors", () -> lake.anchorLogprobs().append(RUN, k, attempt, anchors));
    time("append step_rollouts", () -> lake.stepRollouts().append(RUN, k, attempt, moved));
    time("append policies", () -> lake.policies().append(LakehouseFixture.policy(k + 1, attempt)));
    time("append train_steps", () -> lake.trainSteps().append(LakehouseFixture.step(k, attempt)));
  }

  /** Six appends and three reads of the same rows by Spark's Delta writer and reader. */
  private static void sparkStep(String directory, Lakehouse lake, int k) throws Exception {
    for (LakeTable<?> table :
        List.of(
            lake.rollouts(),
            lake.rewards(),
            lake.anchorLogprobs(),
            lake.stepRollouts(),
            lake.policies(),
            lake.trainSteps())) {
      List<String> columns = List.of(table.dataset().columns());
      String partition = columns.contains("step") ? "step = " + k : "policy_version = " + k;
      List<Row> local = table.dataset().where(partition).collectAsList();
      Dataset<Row> rows =
          LakehouseFixture.spark().createDataFrame(local, table.dataset().schema()).coalesce(1);
      String path = directory + "/" + table.name();
      time(
          "spark append " + table.name(),
          () ->
              rows.write()
                  .format("delta")
                  .mode("append")
                  .partitionBy("run_id", columns.contains("step") ? "step" : "policy_version")
                  .option("txnAppId", "run")
                  .option("txnVersion", k)
                  .save(path));
      time(
          "spark read " + table.name(),
          () ->
              LakehouseFixture.spark()
                  .read()
                  .format("delta")
                  .load(path)
                  .where(partition.replace("= ", ">= -2 + "))
                  .collectAsList());
    }
  }

  private static void time(String what, Work work) throws Exception {
    long start = System.nanoTime();
    work.run();
    SECONDS.computeIfAbsent(what, key -> new ArrayList<>()).add((System.nanoTime() - start) / 1e9);
  }

  private static void report(int steps) {
    SECONDS.forEach(
        (what, seconds) -> {
          List<Double> steady = seconds.subList(seconds.size() / 2, seconds.size());
          List<Double> sorted = steady.stream().sorted(Comparator.naturalOrder()).toList();
          System.out.printf(
              "%-28s first %.3f  median of last %d %.3f  max %.3f%n",
              what,
              seconds.get(0),
              sorted.size(),
              sorted.get(sorted.size() / 2),
              sorted.get(sorted.size() - 1));
        });
    System.out.println("steps " + steps);
  }
}
