package dev.sponge.jobs.table;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The reincarnations of the base policy, partitioned by run_id. */
public final class IncarnationsTable extends LakeTable<Incarnation> {
  IncarnationsTable(Storage storage) {
    super(RecordTable.inMemory(storage, "incarnations", Incarnation.class, "run_id"));
  }

  public AppendResult append(Incarnation incarnation) {
    return table()
        .append(
            List.of(incarnation),
            TransactionId.of(incarnation.incarnation(), incarnation.runId(), "reincarnate"));
  }

  /** The run's incarnations, sorted by number; empty before the first reincarnation. */
  public List<Incarnation> read(String runId) {
    return table().read(PartitionFilter.ALL.equal("run_id", runId)).stream()
        .sorted(Comparator.comparingInt(Incarnation::incarnation))
        .toList();
  }

  public Optional<Incarnation> latest(String runId) {
    return read(runId).stream().max(Comparator.comparingInt(Incarnation::incarnation));
  }
}
