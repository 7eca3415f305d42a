package dev.sponge.jobs.table;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** Rows of data sets that are no prompts, and prompts that are not asked; of all runs. */
public final class PromptsRejectedTable extends LakeTable<RejectedPrompt> {
  PromptsRejectedTable(Storage storage) {
    super(RecordTable.inMemory(storage, "prompts_rejected", RejectedPrompt.class));
  }

  /** Adds the rows that are not in the table yet, in one commit; none is no commit. */
  public AppendResult append(List<RejectedPrompt> rejected) {
    Set<String> known = ids();
    List<RejectedPrompt> missing =
        rejected.stream().filter(row -> known.add(row.rejectedId())).toList();
    long version = version();
    return missing.isEmpty()
        ? new AppendResult(version, false)
        : table().append(missing, TransactionId.of(version, "reject"));
  }

  /** Rows to be added in one commit; it is for the caller to see that none of them is there. */
  public StagedRows<RejectedPrompt> stage() {
    return table().stage(TransactionId.of(version(), "reject"));
  }

  /** All rows, sorted by id. */
  public List<RejectedPrompt> read() {
    return table().read(PartitionFilter.ALL).stream()
        .sorted(Comparator.comparing(RejectedPrompt::rejectedId))
        .toList();
  }

  /** Ids of the rows. */
  public Set<String> ids() {
    return table().read(PartitionFilter.ALL).stream()
        .map(RejectedPrompt::rejectedId)
        .collect(Collectors.toCollection(HashSet::new));
  }

  /** Ids of the prompts that training does not ask. */
  public Set<String> promptIds() {
    return table().read(PartitionFilter.ALL).stream()
        .map(RejectedPrompt::promptId)
        .filter(Objects::nonNull)
        .collect(Collectors.toSet());
  }
}
