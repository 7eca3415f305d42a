package dev.sponge.jobs.bench;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.sponge.jobs.ledger.CheckResult;
import dev.sponge.jobs.ledger.Damage;
import dev.sponge.jobs.ledger.Fsck;
import dev.sponge.jobs.ledger.FsckReport;
import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.report.PeakMemory;
import dev.sponge.jobs.report.Progress;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.spark.SparkSessions;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.TrainStep;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** What the tables cost: of an outer step, and of a query over the whole history. */
public final class TablesBench {
  private static final String RUN = "main";
  private static final int WARM_UP = 3;

  /**
   * How rewards, lengths and ratios developed: one row for each policy version. Every table is
   * aggregated along its partitions before the join, so a million ids are never shuffled.
   */
  private static final String HISTORY =
      """
      select policy_version, rollouts, reward, length, ratio
      from (select policy_version, count(*) rollouts, avg(size(response_ids)) length
            from rollouts group by policy_version)
      join (select policy_version, avg(reward) reward from rewards group by policy_version)
        using (policy_version)
      join (select step - lag policy_version, avg(mean_ratio) ratio from step_rollouts
            where pass = 0 group by step - lag) using (policy_version)
      """;

  private TablesBench() {}

  /** What can be done with a whole history. */
  public enum Whole {
    /** A query for one row a policy version. */
    QUERY,
    /** The proof that nothing is lost or doubled. */
    FSCK
  }

  /**
   * The size of a history.
   *
   * @param versions outer steps that are committed
   * @param rollouts of every version
   * @param tokens of every response
   */
  public record Size(int versions, int rollouts, int tokens) {
    public Size {
      if (rollouts % HistoryRows.GROUP_SIZE != 0) {
        throw new UserError(
            "--rollouts "
                + rollouts
                + " must be a multiple of "
                + HistoryRows.GROUP_SIZE
                + ": whole groups.");
      }
    }
  }

  /**
   * Builds the tables of a run.
   *
   * @param directory work directory, new or empty
   * @return one line of JSON
   */
  public static String build(Path directory, Size size, Console console) {
    requireEmpty(directory);
    SparkSession spark = session(directory);
    try {
      return build(spark, directory, size, console);
    } finally {
      spark.stop();
    }
  }

  static String build(SparkSession spark, Path directory, Size size, Console console) {
    Stopwatch watch = Stopwatch.started();
    HistoryRows rows = new HistoryRows(RUN, size.rollouts(), size.tokens());
    new HistoryBuilder(Lakehouse.open(spark, directory), rows, console).build(size.versions());
    JsonObject json = json("tables/build");
    json.addProperty("versions", size.versions());
    json.addProperty("rollouts", size.rollouts());
    json.addProperty("tokens", size.tokens());
    json.addProperty("bytes", bytes(directory.resolve("tables")));
    json.addProperty("seconds", watch.seconds());
    return finish(json);
  }

  /**
   * Appends outer steps to built histories, a step to each in turn, so that what else the machine
   * does meets all of them.
   *
   * @param directories work directories with a history
   * @param steps measured in each, after some for warming up
   * @param whole what is done with the whole history too
   * @return one line of JSON
   */
  public static String measure(
      List<Path> directories, int steps, Set<Whole> whole, Console console) {
    SparkSession spark = session(directories.get(0));
    try {
      return measure(spark, directories, steps, whole, console);
    } finally {
      spark.stop();
    }
  }

  static String measure(
      SparkSession spark, List<Path> directories, int steps, Set<Whole> whole, Console console) {
    List<Measured> histories = new ArrayList<>();
    for (Path directory : directories) {
      histories.add(new Measured(directory, Lakehouse.open(spark, directory)));
    }
    int all = WARM_UP + steps;
    try (Progress progress = console.progress("steps", (long) all * histories.size(), "steps")) {
      for (int i = 0; i < all; i++) {
        for (Measured history : histories) {
          history.step(i >= WARM_UP);
          progress.advance(1);
        }
      }
    }
    JsonObject json = json("tables");
    json.addProperty("steps", steps);
    JsonArray results = new JsonArray();
    for (Measured history : histories) {
      results.add(history.json(whole));
    }
    json.add("histories", results);
    return finish(json);
  }

  /** One history and what its steps took. */
  private static final class Measured {
    private final Path directory;
    private final Lakehouse lake;
    private final TablesStep step;
    private final HistoryRows rows;
    private final int versions;
    private final Map<String, List<Double>> seconds = new TreeMap<>();
    private int next;

    Measured(Path directory, Lakehouse lake) {
      this.directory = directory;
      this.lake = lake;
      next = RunState.require(lake, RUN).step();
      versions = next;
      TrainStep last =
          lake.trainSteps()
              .read(RUN, next - 1)
              .orElseThrow(() -> new UserError(directory + " holds no step; use --build."));
      int tokens = lake.rollouts().read(RUN, next - 1, next - 1).get(0).responseIds().length;
      rows = new HistoryRows(RUN, last.freshRollouts(), tokens);
      step = new TablesStep(lake, rows);
    }

    void step(boolean counts) {
      Map<String, Double> parts = step.run(next++);
      if (counts) {
        parts.forEach((part, s) -> seconds.computeIfAbsent(part, p -> new ArrayList<>()).add(s));
      }
    }

    JsonObject json(Set<Whole> whole) {
      JsonObject json = new JsonObject();
      json.addProperty("work", directory.toString());
      json.addProperty("versions", versions);
      json.addProperty("rollouts", rows.rollouts());
      json.addProperty("tokens", rows.tokens());
      Map<String, Double> medians = new LinkedHashMap<>();
      seconds.forEach((part, values) -> medians.put(part, median(values)));
      json.add("median_seconds", new Gson().toJsonTree(medians));
      json.addProperty(
          "mean_seconds",
          seconds.get("total").stream().mapToDouble(Double::doubleValue).average().orElseThrow());
      if (whole.contains(Whole.QUERY)) {
        Stopwatch watch = Stopwatch.started();
        json.addProperty("query_rows", lake.sql(HISTORY).collectAsList().size());
        json.addProperty("query_seconds", watch.seconds());
      }
      if (whole.contains(Whole.FSCK)) {
        fsck(json);
      }
      return json;
    }

    /** The policies of a built history have no checkpoints, which is all that may be found. */
    private void fsck(JsonObject json) {
      Stopwatch watch = Stopwatch.started();
      FsckReport report =
          new Fsck(lake, directory.resolve("cache"), new Fsck.Scope(Optional.empty(), false))
              .check();
      List<Damage> damages =
          report.damages().stream()
              .filter(damage -> !damage.check().equals(Fsck.CHECKPOINTS))
              .toList();
      if (!damages.isEmpty()) {
        throw new SpongeException(
            "The history in %s is damaged: %s".formatted(directory, damages.get(0).text()));
      }
      json.addProperty(
          "fsck_rows", report.checks().stream().mapToLong(CheckResult::examined).sum());
      json.addProperty("fsck_seconds", watch.seconds());
    }

    private static double median(List<Double> values) {
      List<Double> sorted = values.stream().sorted(Comparator.naturalOrder()).toList();
      int half = sorted.size() / 2;
      return sorted.size() % 2 == 1
          ? sorted.get(half)
          : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }
  }

  private static SparkSession session(Path directory) {
    return SparkSessions.local(0, directory.resolve("spark"));
  }

  private static JsonObject json(String name) {
    JsonObject json = new JsonObject();
    json.addProperty("bench", name);
    return json;
  }

  /** Peaks of the heap's pools do not fall together, so their sum is an upper bound. */
  private static String finish(JsonObject json) {
    long heap = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getType() == MemoryType.HEAP) {
        heap += pool.getPeakUsage().getUsed();
      }
    }
    json.addProperty("peak_heap_bytes", heap);
    PeakMemory.rssBytes().ifPresent(rss -> json.addProperty("peak_rss_bytes", rss));
    return new Gson().toJson(json);
  }

  private static void requireEmpty(Path directory) {
    try {
      if (Files.exists(directory)) {
        try (Stream<Path> children = Files.list(directory)) {
          if (children.findAny().isPresent()) {
            throw new UserError("--build " + directory + " is not empty; name a new directory.");
          }
        }
      }
    } catch (IOException e) {
      throw new UserError("--build " + directory + " cannot be read: " + e, e);
    }
  }

  private static long bytes(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException e) {
      throw new SpongeException("Cannot look at " + directory + ": " + e, e);
    }
  }
}
