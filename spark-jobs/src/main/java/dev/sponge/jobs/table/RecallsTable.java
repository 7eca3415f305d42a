package dev.sponge.jobs.table;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The prompts that were forgotten; of all runs of a work directory. */
public final class RecallsTable extends LakeTable<Recall> {
  RecallsTable(Storage storage) {
    super(new RecordTable<>(storage, "recalls", Recall.class));
  }

  /** Commits a recall; a prompt is recalled once. */
  public AppendResult append(Recall recall) {
    return table().append(List.of(recall), TransactionId.of(0, "recall", recall.promptId()));
  }

  /** All recalls, sorted by prompt id. */
  public List<Recall> read() {
    return table().read(PartitionFilter.ALL).stream()
        .sorted(Comparator.comparing(Recall::promptId))
        .toList();
  }

  public Optional<Recall> read(String promptId) {
    return read().stream().filter(recall -> recall.promptId().equals(promptId)).findFirst();
  }
}
