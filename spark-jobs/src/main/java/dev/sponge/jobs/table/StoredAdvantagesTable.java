package dev.sponge.jobs.table;

import java.util.Comparator;
import java.util.List;

/** A critic's advantages of fresh rollouts, kept for replays; by (run_id, policy_version). */
public final class StoredAdvantagesTable extends LakeTable<StoredAdvantages> {
  private final TrainStepsTable trainSteps;

  StoredAdvantagesTable(Storage storage, TrainStepsTable trainSteps) {
    super(
        new RecordTable<>(
            storage, "stored_advantages", StoredAdvantages.class, "run_id", "policy_version"));
    this.trainSteps = trainSteps;
  }

  /** Writes the rows of one attempt at a step; they count once {@code train_steps} names it. */
  public AppendResult append(
      String runId, int policyVersion, String attemptId, List<StoredAdvantages> rows) {
    return table().append(rows, TransactionId.of(policyVersion, runId, "advantages", attemptId));
  }

  /** What the steps {@code from .. to} committed, both included, sorted by step and rollout. */
  public List<StoredAdvantages> read(String runId, int from, int to) {
    CommittedAttempts attempts = trainSteps.attempts(runId, from, to);
    return table()
        .read(PartitionFilter.ALL.equal("run_id", runId).between("policy_version", from, to))
        .stream()
        .filter(row -> attempts.counts(row.policyVersion(), row.attemptId()))
        .sorted(
            Comparator.comparingInt(StoredAdvantages::policyVersion)
                .thenComparing(StoredAdvantages::rolloutId))
        .toList();
  }

  @Override
  String committedSql(Relations relations) {
    return committedBy(
        relations,
        trainSteps,
        "row.run_id = commit.run_id AND row.policy_version = commit.step"
            + " AND row.attempt_id = commit.attempt_id");
  }
}
