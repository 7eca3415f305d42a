package dev.sponge.jobs.table;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The published policies, partitioned by (run_id, policy_version). */
public final class PoliciesTable extends LakeTable<Policy> {
  private final TrainStepsTable trainSteps;

  PoliciesTable(Storage storage, TrainStepsTable trainSteps) {
    super(RecordTable.inMemory(storage, "policies", Policy.class, "run_id", "policy_version"));
    this.trainSteps = trainSteps;
  }

  /** Version 0 belongs to no attempt: a second bootstrap of the run is refused. */
  public AppendResult append(Policy policy) {
    return table()
        .append(
            List.of(policy),
            policy.policyVersion() == 0
                ? TransactionId.of(0, policy.runId(), "bootstrap")
                : TransactionId.of(
                    policy.policyVersion(), policy.runId(), "train", policy.attemptId()));
  }

  /** The policy of a version; only of the attempt that {@code train_steps} names. */
  public Optional<Policy> read(String runId, int policyVersion) {
    return table()
        .read(PartitionFilter.ALL.equal("run_id", runId).equal("policy_version", policyVersion))
        .stream()
        .filter(this::counts)
        .findFirst();
  }

  /** The policies {@code from .. to} that count, both included, in order. */
  public List<Policy> read(String runId, int from, int to) {
    CommittedAttempts attempts = trainSteps.attempts(runId, Math.max(from - 1, 0), to);
    return table()
        .read(PartitionFilter.ALL.equal("run_id", runId).between("policy_version", from, to))
        .stream()
        .filter(
            policy ->
                policy.policyVersion() == 0
                    || attempts.counts(policy.policyVersion() - 1, policy.attemptId()))
        .sorted(Comparator.comparingInt(Policy::policyVersion))
        .toList();
  }

  /** The newest policy that counts; empty if the run has none. */
  public Optional<Policy> latest(String runId) {
    OptionalInt step = trainSteps.lastStep(runId);
    return read(runId, step.isPresent() ? step.getAsInt() + 1 : 0);
  }

  private boolean counts(Policy policy) {
    return policy.policyVersion() == 0
        || trainSteps
            .attempt(policy.runId(), policy.policyVersion() - 1)
            .filter(policy.attemptId()::equals)
            .isPresent();
  }

  @Override
  String committedSql(Relations relations) {
    String trained =
        committedBy(
            relations,
            trainSteps,
            "row.run_id = commit.run_id AND row.policy_version = commit.version_out"
                + " AND row.attempt_id = commit.attempt_id");
    return "SELECT * FROM %s WHERE policy_version = 0 UNION ALL %s"
        .formatted(relations.of(this), trained);
  }
}
