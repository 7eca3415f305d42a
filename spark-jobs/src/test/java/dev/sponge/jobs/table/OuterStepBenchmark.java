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
      long cpu = cpuNanos();
      time("SUM", () -> kernelStep(lake[0], k, count, tokens));
      SECONDS.computeIfAbsent("CPU", key -> new ArrayList<>()).add((cpuNanos() - cpu) / 1e9);
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

  private static void time(String what, Work work) throws Exception {
    long start = System.nanoTime();
    work.run();
    SECONDS.computeIfAbsent(what, key -> new ArrayList<>()).add((System.nanoTime() - start) / 1e9);
  }

  /** CPU time of this process, which the load of other processes does not change. */
  private static long cpuNanos() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
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
