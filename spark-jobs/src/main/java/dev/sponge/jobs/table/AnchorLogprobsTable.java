package dev.sponge.jobs.table;

import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;

/** Cached log-probabilities under frozen policies, partitioned by (run_id, step). */
public final class AnchorLogprobsTable extends LakeTable<AnchorLogprobs> {
  private final TrainStepsTable trainSteps;

  AnchorLogprobsTable(Storage storage, TrainStepsTable trainSteps) {
    super(new RecordTable<>(storage, "anchor_logprobs", AnchorLogprobs.class, "run_id", "step"));
    this.trainSteps = trainSteps;
  }

  /** Writes the scores of one attempt at a step; they count once {@code train_steps} names it. */
  public AppendResult append(
      String runId, int step, String attemptId, List<AnchorLogprobs> logprobs) {
    return table().append(logprobs, TransactionId.of(step, runId, "score", attemptId));
  }

  /** What the steps {@code from .. to} committed, both included, sorted by step and rollout. */
  public List<AnchorLogprobs> read(String runId, int from, int to) {
    return read(runId, from, to, OptionalLong.empty());
  }

  /** The same as of a version of this table. */
  public List<AnchorLogprobs> read(String runId, int from, int to, OptionalLong tableVersion) {
    CommittedAttempts attempts = trainSteps.attempts(runId, from, to);
    return table()
        .read(tableVersion, PartitionFilter.ALL.equal("run_id", runId).between("step", from, to))
        .stream()
        .filter(row -> attempts.counts(row.step(), row.attemptId()))
        .sorted(
            Comparator.comparingInt(AnchorLogprobs::step)
                .thenComparing(AnchorLogprobs::rolloutId)
                .thenComparingInt(AnchorLogprobs::anchorVersion))
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
