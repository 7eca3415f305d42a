package dev.sponge.jobs.table;

import dev.sponge.rl.UserError;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Predicted pass rates, one row a prompt and fitted model; of all runs. */
public final class PromptDifficultyTable extends LakeTable<PromptDifficulty> {
  PromptDifficultyTable(Storage storage) {
    super(RecordTable.inMemory(storage, "prompt_difficulty", PromptDifficulty.class));
  }

  /** Commits what one fit predicts; a fit that is there is not written again. */
  public AppendResult append(String fitId, List<PromptDifficulty> predictions) {
    long version = version();
    return read(fitId).isEmpty()
        ? table().append(predictions, TransactionId.of(version, "difficulty"))
        : new AppendResult(version, false);
  }

  /** The predictions of a fit, sorted by prompt id. */
  public List<PromptDifficulty> read(String fitId) {
    return table().read(PartitionFilter.ALL).stream()
        .filter(row -> row.fitId().equals(fitId))
        .sorted(Comparator.comparing(PromptDifficulty::promptId))
        .toList();
  }

  /**
   * Predicted pass rates of a fit by prompt id.
   *
   * @throws UserError if there is no such fit
   */
  public Map<String, Double> predicted(String fitId) {
    List<PromptDifficulty> rows = read(fitId);
    if (rows.isEmpty()) {
      throw new UserError(
          "rollout.prompt_selection.predictions = %s: table prompt_difficulty holds no fit of this id; make one with: sponge dataset difficulty"
              .formatted(fitId));
    }
    return rows.stream()
        .collect(Collectors.toMap(PromptDifficulty::promptId, PromptDifficulty::predicted));
  }
}
