package dev.sponge.jobs.table;

import dev.sponge.rl.UserError;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** The problems; shared by all runs of a work directory. */
public final class PromptsTable extends LakeTable<Prompt> {
  PromptsTable(Storage storage) {
    super(RecordTable.inMemory(storage, "prompts", Prompt.class));
  }

  /**
   * Adds the prompts that are not in the table yet, in one commit.
   *
   * @throws UserError if a prompt is there with other content, or twice in {@code prompts}
   */
  public AppendResult append(List<Prompt> prompts) {
    Map<String, String> known = new HashMap<>();
    table().read(PartitionFilter.ALL).forEach(p -> known.put(p.promptId(), p.contentHash()));
    List<Prompt> missing = prompts.stream().filter(p -> !known.containsKey(p.promptId())).toList();
    for (Prompt prompt : prompts) {
      String there = known.putIfAbsent(prompt.promptId(), prompt.contentHash());
      if (there != null && !there.equals(prompt.contentHash())) {
        throw new UserError(
            "Prompt %s is in table prompts with other content. Use another work directory for"
                    .formatted(prompt.promptId())
                + " another data set.");
      }
    }
    long version = version();
    if (missing.isEmpty()) {
      return new AppendResult(version, false);
    }
    if (missing.stream().map(Prompt::promptId).distinct().count() < missing.size()) {
      throw new UserError("The data set holds the same prompt twice; remove duplicates first.");
    }
    return table().append(missing, TransactionId.of(version, "prepare"));
  }

  /**
   * Rows to be added in one commit, unless the table is written to meanwhile. It is for the caller
   * to see that none of them is there.
   */
  public StagedRows<Prompt> stage() {
    return table().stage(TransactionId.of(version(), "prepare"));
  }

  /** Content hash of every prompt by its id. */
  public Map<String, String> contentHashes() {
    return table().read(PartitionFilter.ALL).stream()
        .collect(Collectors.toMap(Prompt::promptId, Prompt::contentHash));
  }

  /** The prompts of a split, sorted by id. */
  public List<Prompt> read(String split) {
    return read(split, OptionalLong.empty());
  }

  /** The prompts of a split as of a version of this table, sorted by id. */
  public List<Prompt> read(String split, OptionalLong tableVersion) {
    return table().read(tableVersion, PartitionFilter.ALL).stream()
        .filter(prompt -> prompt.split().equals(split))
        .sorted(Comparator.comparing(Prompt::promptId))
        .toList();
  }
}
