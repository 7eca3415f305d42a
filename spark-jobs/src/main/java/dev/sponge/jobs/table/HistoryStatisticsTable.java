package dev.sponge.jobs.table;

import java.util.Comparator;
import java.util.List;

/** How the history stood to pi_k before each step, partitioned by (run_id, step). */
public final class HistoryStatisticsTable extends LakeTable<HistoryStatistic> {
  private final TrainStepsTable trainSteps;

  HistoryStatisticsTable(Storage storage, TrainStepsTable trainSteps) {
    super(
        new RecordTable<>(storage, "history_statistics", HistoryStatistic.class, "run_id", "step"));
    this.trainSteps = trainSteps;
  }

  /** Writes the rows of one attempt at a step; they count once {@code train_steps} names it. */
  public AppendResult append(
      String runId, int step, String attemptId, List<HistoryStatistic> rows) {
    return table().append(rows, TransactionId.of(step, runId, "history", attemptId));
  }

  /** What the steps {@code from .. to} committed, sorted by step and rollout. */
  public List<HistoryStatistic> read(String runId, int from, int to) {
    CommittedAttempts attempts = trainSteps.attempts(runId, from, to);
    return table()
        .read(PartitionFilter.ALL.equal("run_id", runId).between("step", from, to))
        .stream()
        .filter(row -> attempts.counts(row.step(), row.attemptId()))
        .sorted(
            Comparator.comparingInt(HistoryStatistic::step)
                .thenComparing(HistoryStatistic::rolloutId))
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
