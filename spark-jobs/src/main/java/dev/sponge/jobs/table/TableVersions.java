package dev.sponge.jobs.table;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The versions of the tables that a step reads. A version is null where a row of {@code
 * train_steps} is older than its column: the table is then read as it is now, which gives the same
 * rows, since a step's own attempts and those before it never change.
 */
public record TableVersions(
    Long prompts,
    Long rollouts,
    Long rewards,
    Long anchorLogprobs,
    Long policies,
    Long incarnations,
    Long storedAdvantages,
    Long trainSteps,
    Long stepRollouts,
    Long historyStatistics,
    Long recalls,
    Long promptsRejected) {
  /** Names of the tables, in the order of the components. */
  public static final List<String> TABLES =
      List.of(
          "prompts",
          "rollouts",
          "rewards",
          "anchor_logprobs",
          "policies",
          "incarnations",
          "stored_advantages",
          "train_steps",
          "step_rollouts",
          "history_statistics",
          "recalls",
          "prompts_rejected");

  /** These, but rollouts and rewards as in later ones: they were read once more. */
  public TableVersions withRollouts(TableVersions later) {
    return new TableVersions(
        prompts,
        later.rollouts,
        later.rewards,
        anchorLogprobs,
        policies,
        incarnations,
        storedAdvantages,
        trainSteps,
        stepRollouts,
        historyStatistics,
        recalls,
        promptsRejected);
  }

  /** The known versions by name of the table. */
  public Map<String, Long> byTable() {
    List<Long> known =
        Arrays.asList(
            prompts,
            rollouts,
            rewards,
            anchorLogprobs,
            policies,
            incarnations,
            storedAdvantages,
            trainSteps,
            stepRollouts,
            historyStatistics,
            recalls,
            promptsRejected);
    Map<String, Long> versions = new LinkedHashMap<>();
    for (int i = 0; i < known.size(); i++) {
      versions.put(TABLES.get(i), known.get(i));
    }
    versions.values().removeIf(version -> version == null);
    return versions;
  }
}
