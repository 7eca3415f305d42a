package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.TrainStep;
import dev.sponge.rl.reward.BoxedIntegerVerifier;
import java.lang.reflect.Array;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What must be equal between two runs: the rows that count, as text, table by table. */
final class Contents {
  /** Timestamps, durations and attempt ids; the place of a checkpoint holds its attempt. */
  private static final Set<String> ASIDE =
      Set.of("createdAt", "attemptId", "checkpointUri", "seconds");

  /** An attempt that was broken off leaves a commit that does not count. */
  private static final Set<String> ATTEMPTS = Set.of("anchorLogprobsTableVersion");

  private Contents() {}

  static Map<String, List<String>> of(Lakehouse lake, String run) {
    int steps = lake.trainSteps().lastStep(run).orElse(-1) + 1;
    BoxedIntegerVerifier verifier = new BoxedIntegerVerifier();
    VerifierKey key = new VerifierKey(verifier.id(), verifier.version());
    Map<String, List<String>> tables = new LinkedHashMap<>();
    tables.put("prompts", rows(lake.prompts().read("train"), lake.prompts().read("test")));
    tables.put("rollouts", rows(lake.rollouts().read(run, 0, steps)));
    tables.put("rewards", rows(lake.rewards().read(run, 0, steps, key).values()));
    tables.put("incarnations", rows(lake.incarnations().read(run)));
    tables.put("anchor_logprobs", rows(lake.anchorLogprobs().read(run, 0, steps)));
    tables.put("step_rollouts", rows(lake.stepRollouts().read(run, 0, steps)));
    tables.put("history_statistics", rows(lake.historyStatistics().read(run, 0, steps)));
    tables.put("train_steps", rows(lake.trainSteps().read(run)));
    tables.put("policies", rows(versions(steps, v -> lake.policies().read(run, v).stream())));
    tables.put("evaluations", rows(lake.evaluations().read(run)));
    tables.put(
        "evaluation_responses",
        rows(versions(steps, v -> lake.evaluationResponses().read(run, v).stream())));
    return tables;
  }

  private static <R> List<R> versions(int last, IntFunction<Stream<R>> rows) {
    return IntStream.rangeClosed(0, last).boxed().flatMap(rows::apply).toList();
  }

  /** Compares two runs; every table with a difference shows its first one. */
  static void assertEqual(Map<String, List<String>> actual, Map<String, List<String>> expected) {
    List<String> differences = new ArrayList<>();
    expected.forEach(
        (table, rows) -> {
          List<String> others = actual.get(table);
          if (rows.isEmpty() || rows.size() != others.size()) {
            differences.add(table + ": " + others.size() + " rows for " + rows.size());
          }
          IntStream.range(0, Math.min(rows.size(), others.size()))
              .filter(i -> !rows.get(i).equals(others.get(i)))
              .limit(1)
              .forEach(i -> differences.add(table + ":\n" + rows.get(i) + "\n" + others.get(i)));
        });
    assertThat(differences).isEmpty();
  }

  /** Rows as text, sorted. */
  @SafeVarargs
  static List<String> rows(Collection<? extends Record>... parts) {
    return Stream.of(parts).flatMap(Collection::stream).map(Contents::text).sorted().toList();
  }

  private static String text(Record row) {
    List<String> cells = new ArrayList<>();
    for (RecordComponent component : row.getClass().getRecordComponents()) {
      String name = component.getName();
      if (!ASIDE.contains(name) && !ATTEMPTS.contains(name)) {
        cells.add(name + "=" + cell(row, component));
      }
    }
    return String.join(" ", cells);
  }

  private static String cell(Record row, RecordComponent component) {
    Object value;
    try {
      value = component.getAccessor().invoke(row);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
    if (row instanceof TrainStep step && component.getName().equals("metrics")) {
      Map<String, Double> metrics = new TreeMap<>(step.metrics());
      metrics.keySet().removeIf(metric -> metric.startsWith("timing_s/"));
      return metrics.toString();
    }
    if (value != null && value.getClass().isArray()) {
      List<Object> items = new ArrayList<>();
      for (int i = 0; i < Array.getLength(value); i++) {
        items.add(Array.get(value, i));
      }
      return items.toString();
    }
    return String.valueOf(value);
  }
}
