package dev.sponge.jobs.reuse;

import dev.sponge.jobs.run.Verifiers;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.rl.UserError;
import dev.sponge.rl.generation.FinishReason;
import dev.sponge.rl.reward.Verifier;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * Judges stored rollouts anew with another verifier: one commit to rewards for each run and policy
 * version, computed and written by Spark tasks. Earlier verdicts stay; versions that this verifier
 * has judged are left alone.
 */
public final class RescoreJob {
  private final Lakehouse lakehouse;
  private final String verifierName;
  private final VerifierKey key;

  /**
   * @param verifierName {@code id@version}
   * @throws UserError if there is no such verifier
   */
  public RescoreJob(Lakehouse lakehouse, String verifierName) {
    Verifier verifier = Verifiers.named(verifierName);
    this.lakehouse = lakehouse;
    this.verifierName = verifierName;
    key = new VerifierKey(verifier.id(), verifier.version());
  }

  /** The rollouts of a run's policy version. */
  private record Version(String runId, int policyVersion) {}

  /**
   * What was judged.
   *
   * @param versions commits
   */
  public record Judged(int versions, long rollouts) {}

  /**
   * @param runId empty for all runs
   * @throws UserError if that run has no rollouts
   */
  public Judged run(Optional<String> runId) {
    Map<Version, Long> missing = rollouts(runId);
    missing.keySet().removeAll(judged());
    if (missing.isEmpty()) {
      return new Judged(0, 0);
    }
    Broadcast<Map<String, String>> answers =
        JavaSparkContext.fromSparkContext(lakehouse.spark().sparkContext()).broadcast(answers());
    missing.keySet().forEach(version -> judge(version, answers));
    answers.destroy();
    return new Judged(missing.size(), missing.values().stream().mapToLong(Long::longValue).sum());
  }

  /** Number of rollouts by version. */
  private Map<Version, Long> rollouts(Optional<String> runId) {
    Map<Version, Long> counts =
        new TreeMap<>(Comparator.comparing(Version::runId).thenComparing(Version::policyVersion));
    Dataset<Row> rows = lakehouse.rollouts().dataset().groupBy("run_id", "policy_version").count();
    for (Row row : rows.collectAsList()) {
      counts.put(new Version(row.getString(0), row.getInt(1)), row.getLong(2));
    }
    Set<String> runs =
        counts.keySet().stream().map(Version::runId).collect(Collectors.toCollection(TreeSet::new));
    runId
        .filter(id -> !runs.contains(id))
        .ifPresent(
            id -> {
              throw new UserError(
                  "Run \"%s\" has no rollouts; runs with rollouts: %s."
                      .formatted(id, runs.isEmpty() ? "none" : String.join(", ", runs)));
            });
    runId.ifPresent(id -> counts.keySet().removeIf(version -> !version.runId().equals(id)));
    return counts;
  }

  private Set<Version> judged() {
    Column ours =
        functions
            .col("verifier_id")
            .equalTo(key.id())
            .and(functions.col("verifier_version").equalTo(key.version()));
    List<Row> rows =
        lakehouse
            .rewards()
            .dataset()
            .where(ours)
            .select("run_id", "policy_version")
            .distinct()
            .collectAsList();
    return rows.stream()
        .map(row -> new Version(row.getString(0), row.getInt(1)))
        .collect(Collectors.toSet());
  }

  private Map<String, String> answers() {
    Map<String, String> answers = new HashMap<>();
    lakehouse
        .prompts()
        .dataset()
        .select("prompt_id", "answer")
        .collectAsList()
        .forEach(row -> answers.put(row.getString(0), row.getString(1)));
    return answers;
  }

  private void judge(Version version, Broadcast<Map<String, String>> answers) {
    String name = verifierName;
    Dataset<Row> rollouts =
        lakehouse
            .rollouts()
            .dataset()
            .where(
                functions
                    .col("run_id")
                    .equalTo(version.runId())
                    .and(functions.col("policy_version").equalTo(version.policyVersion())))
            .select(
                "rollout_id",
                "run_id",
                "policy_version",
                "response_text",
                "finish_reason",
                "prompt_id");
    JavaRDD<Reward> rewards =
        rollouts
            .javaRDD()
            .mapPartitions(
                rows -> {
                  Verifier verifier = Verifiers.named(name);
                  Map<String, String> known = answers.value();
                  Iterable<Row> stream = () -> rows;
                  return StreamSupport.stream(stream.spliterator(), false)
                      .map(row -> reward(verifier, row, known))
                      .iterator();
                });
    lakehouse.rewards().append(version.runId(), version.policyVersion(), key, rewards);
  }

  private static Reward reward(Verifier verifier, Row row, Map<String, String> answers) {
    Verifiers.Response response =
        new Verifiers.Response(
            row.getString(0),
            row.getString(1),
            row.getInt(2),
            row.getString(3),
            row.getString(4).equals(FinishReason.LENGTH.label()));
    return Verifiers.judge(verifier, response, answers.get(row.getString(5)));
  }
}
