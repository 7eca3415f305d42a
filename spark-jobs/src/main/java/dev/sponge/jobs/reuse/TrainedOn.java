package dev.sponge.jobs.reuse;

import dev.sponge.jobs.table.Lakehouse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * Which policies trained on a prompt's rollouts. A run's later versions all descend from the first
 * one that did, and so does a run whose version 0 has the weights of such a policy.
 */
final class TrainedOn {
  private final Lakehouse lakehouse;

  TrainedOn(Lakehouse lakehouse) {
    this.lakehouse = lakehouse;
  }

  private record Published(String runId, int version, String weights) {}

  /** One sentence a run. */
  List<String> policies(String promptId) {
    Map<String, SortedSet<Integer>> steps = steps(promptId);
    Map<String, Integer> firstVersions = new TreeMap<>();
    steps.forEach((run, ofRun) -> firstVersions.put(run, ofRun.first() + 1));
    inherit(firstVersions);
    List<String> sentences = new ArrayList<>();
    firstVersions.forEach(
        (run, version) ->
            sentences.add(
                "run %s from version %d on (%s)"
                    .formatted(
                        run,
                        version,
                        steps.containsKey(run)
                            ? "trained in steps "
                                + steps.get(run).stream()
                                    .map(String::valueOf)
                                    .collect(Collectors.joining(", "))
                            : "its version 0 is such a policy")));
    return sentences;
  }

  private Map<String, SortedSet<Integer>> steps(String promptId) {
    Dataset<Row> rollouts =
        lakehouse
            .rollouts()
            .dataset()
            .where(functions.col("prompt_id").equalTo(promptId))
            .select("rollout_id");
    Map<String, SortedSet<Integer>> steps = new TreeMap<>();
    lakehouse
        .stepRollouts()
        .committed()
        .join(rollouts, "rollout_id")
        .select("run_id", "step")
        .distinct()
        .collectAsList()
        .forEach(
            row ->
                steps.computeIfAbsent(row.getString(0), r -> new TreeSet<>()).add(row.getInt(1)));
    return steps;
  }

  /** Adds runs that began with the weights of a policy named so far, until there is none. */
  private void inherit(Map<String, Integer> firstVersions) {
    List<Published> policies =
        lakehouse
            .policies()
            .committed()
            .select("run_id", "policy_version", "weights_sha256")
            .collectAsList()
            .stream()
            .map(row -> new Published(row.getString(0), row.getInt(1), row.getString(2)))
            .toList();
    boolean grown = true;
    while (grown) {
      List<String> weights =
          policies.stream()
              .filter(p -> firstVersions.getOrDefault(p.runId(), Integer.MAX_VALUE) <= p.version())
              .map(Published::weights)
              .toList();
      List<String> begun =
          policies.stream()
              .filter(p -> p.version() == 0 && weights.contains(p.weights()))
              .map(Published::runId)
              .filter(run -> firstVersions.getOrDefault(run, Integer.MAX_VALUE) > 0)
              .toList();
      begun.forEach(run -> firstVersions.put(run, 0));
      grown = !begun.isEmpty();
    }
  }
}
