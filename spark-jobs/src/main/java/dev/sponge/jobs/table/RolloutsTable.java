package dev.sponge.jobs.table;

import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.functions;

/** Every rollout ever made, partitioned by (run_id, policy_version). */
public final class RolloutsTable extends LakeTable<Rollout> {
  /** The order in which training takes rollouts. */
  public static final Comparator<Rollout> ORDER =
      Comparator.comparingInt(Rollout::policyVersion)
          .thenComparing(Rollout::groupId)
          .thenComparingInt(Rollout::sampleIndex);

  RolloutsTable(Storage storage) {
    super(new RecordTable<>(storage, "rollouts", Rollout.class, "run_id", "policy_version"));
  }

  /**
   * Commits the rollouts of one policy version, all of them: there is one commit for each run and
   * version, and a retry of it writes nothing.
   */
  public AppendResult append(String runId, int policyVersion, List<Rollout> rollouts) {
    return table().append(rollouts, transaction(runId, policyVersion));
  }

  /** The same, with the files written by the tasks that compute {@code rollouts}. */
  public AppendResult append(String runId, int policyVersion, JavaRDD<Rollout> rollouts) {
    return table().append(rollouts, transaction(runId, policyVersion));
  }

  private static TransactionId transaction(String runId, int policyVersion) {
    return TransactionId.of(policyVersion, runId, "rollout");
  }

  /** The rollouts of versions {@code from .. to}, both included, in {@link #ORDER}. */
  public List<Rollout> read(String runId, int from, int to) {
    return read(runId, from, to, OptionalLong.empty());
  }

  /** The same as of a version of this table. */
  public List<Rollout> read(String runId, int from, int to, OptionalLong tableVersion) {
    return table()
        .read(
            tableVersion,
            PartitionFilter.ALL.equal("run_id", runId).between("policy_version", from, to))
        .stream()
        .sorted(ORDER)
        .toList();
  }

  /**
   * What a rollout belongs to, without its tokens.
   *
   * @param truncated whether it was sampled from a truncated distribution
   */
  public record Place(
      String rolloutId, String groupId, String promptId, int policyVersion, boolean truncated) {}

  /** The places of the rollouts of versions {@code from .. to}, both included, in any order. */
  public List<Place> places(String runId, int from, int to) {
    return dataset()
        .where(
            functions
                .col("run_id")
                .equalTo(runId)
                .and(functions.col("policy_version").between(from, to)))
        .select(
            functions.col("rollout_id"),
            functions.col("group_id"),
            functions.col("prompt_id"),
            functions.col("policy_version"),
            functions.col("kept_logmass").isNotNull())
        .collectAsList()
        .stream()
        .map(
            row ->
                new Place(
                    row.getString(0),
                    row.getString(1),
                    row.getString(2),
                    row.getInt(3),
                    row.getBoolean(4)))
        .toList();
  }

  /** The newest policy version that has rollouts; empty if none has. Opens no data file. */
  public OptionalInt lastVersion(String runId) {
    return table()
        .partitionValues("policy_version", PartitionFilter.ALL.equal("run_id", runId))
        .stream()
        .mapToInt(Integer::intValue)
        .max();
  }
}
