package dev.sponge.jobs.table;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** The committed outer steps, partitioned by (run_id, step). */
public final class TrainStepsTable extends LakeTable<TrainStep> {
  private volatile Runnable beforeCommit = () -> {};

  TrainStepsTable(Storage storage) {
    super(RecordTable.inMemory(storage, "train_steps", TrainStep.class, "run_id", "step"));
  }

  /** Sets what may refuse every later commit of a step by throwing. */
  public void beforeCommit(Runnable check) {
    beforeCommit = check;
  }

  /**
   * Commits a step. The transaction does not name the attempt: of two attempts at a step one is
   * refused, and so is a step before the last.
   */
  public AppendResult append(TrainStep step) {
    beforeCommit.run();
    return table().append(List.of(step), TransactionId.of(step.step(), step.runId(), "train"));
  }

  /**
   * Lets go of the table versions that steps of a run have read: their data files may be removed.
   * Done again with a step that is not larger, it does nothing.
   *
   * @param beforeStep the first step that still pins what it has read
   */
  public void unpin(String runId, int beforeStep) {
    if (beforeStep > unpinnedBefore(runId)) {
      table().append(List.of(), unpinned(runId, beforeStep));
    }
  }

  /** The first step of a run that pins the table versions it has read; 0 unless {@link #unpin}. */
  public int unpinnedBefore(String runId) {
    return table().lastTransaction(unpinned(runId, 0).appId()).map(Long::intValue).orElse(0);
  }

  private static TransactionId unpinned(String runId, int beforeStep) {
    return TransactionId.of(beforeStep, runId, "unpinned");
  }

  /** The last committed step; empty if there is none. Opens no data file. */
  public OptionalInt lastStep(String runId) {
    return table().partitionValues("step", PartitionFilter.ALL.equal("run_id", runId)).stream()
        .mapToInt(Integer::intValue)
        .max();
  }

  public Optional<TrainStep> read(String runId, int step) {
    return read(runId, step, step).stream().findFirst();
  }

  /** The steps {@code from .. to}, both included, in order. */
  public List<TrainStep> read(String runId, int from, int to) {
    return table()
        .read(PartitionFilter.ALL.equal("run_id", runId).between("step", from, to))
        .stream()
        .sorted(Comparator.comparingInt(TrainStep::step))
        .toList();
  }

  /** The run's steps in order. */
  public List<TrainStep> read(String runId) {
    return read(runId, 0, Integer.MAX_VALUE);
  }

  Optional<String> attempt(String runId, int step) {
    return read(runId, step).map(TrainStep::attemptId);
  }

  CommittedAttempts attempts(String runId, int from, int to) {
    return new CommittedAttempts(
        read(runId, from, to).stream()
            .collect(Collectors.toMap(TrainStep::step, TrainStep::attemptId)));
  }
}
