package dev.sponge.jobs.table;

import java.util.Comparator;
import java.util.List;

/** Which rollout moved which step, partitioned by (run_id, step). */
public final class StepRolloutsTable extends LakeTable<StepRollout> {
  private final TrainStepsTable trainSteps;

  StepRolloutsTable(Storage storage, TrainStepsTable trainSteps) {
    super(new RecordTable<>(storage, "step_rollouts", StepRollout.class, "run_id", "step"));
    this.trainSteps = trainSteps;
  }

  /** Writes the rows of one attempt at a step; they count once {@code train_steps} names it. */
  public AppendResult append(String runId, int step, String attemptId, List<StepRollout> rollouts) {
    return table().append(rollouts, TransactionId.of(step, runId, "train", attemptId));
  }

  /** What the steps {@code from .. to} committed, sorted by step, pass and rollout. */
  public List<StepRollout> read(String runId, int from, int to) {
    CommittedAttempts attempts = trainSteps.attempts(runId, from, to);
    return table()
        .read(PartitionFilter.ALL.equal("run_id", runId).between("step", from, to))
        .stream()
        .filter(row -> attempts.counts(row.step(), row.attemptId()))
        .sorted(
            Comparator.comparingInt(StepRollout::step)
                .thenComparingInt(StepRollout::pass)
                .thenComparing(StepRollout::rolloutId))
        .toList();
  }

  /** One pass of a rollout, without what it did there. */
  public record Use(
      @Column("outer step k") int step,
      @Column("attempt") String attemptId,
      @Column("rollout") String rolloutId) {}

  /**
   * The passes that the steps {@code from .. to} committed, in any order; reads no other column.
   */
  public List<Use> uses(String runId, int from, int to) {
    CommittedAttempts attempts = trainSteps.attempts(runId, from, to);
    return table()
        .read(
            PartitionFilter.ALL.equal("run_id", runId).between("step", from, to),
            RecordSchema.of(Use.class))
        .stream()
        .filter(use -> attempts.counts(use.step(), use.attemptId()))
        .toList();
  }

  @Override
  String committedSql(Relations relations) {
    return committedBy(
        relations,
        trainSteps,
        "row.run_id = commit.run_id AND row.step = commit.step"
            + " AND row.attempt_id = commit.attempt_id");
  }
}
