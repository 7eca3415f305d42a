package dev.sponge.jobs.table;

import java.util.LinkedHashMap;
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
    Long recalls) {

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
        recalls);
  }

  /** The known versions by name of the table. */
  public Map<String, Long> byTable() {
    Map<String, Long> versions = new LinkedHashMap<>();
    versions.put("prompts", prompts);
    versions.put("rollouts", rollouts);
    versions.put("rewards", rewards);
    versions.put("anchor_logprobs", anchorLogprobs);
    versions.put("policies", policies);
    versions.put("incarnations", incarnations);
    versions.put("stored_advantages", storedAdvantages);
    versions.put("train_steps", trainSteps);
    versions.put("step_rollouts", stepRollouts);
    versions.put("history_statistics", historyStatistics);
    versions.put("recalls", recalls);
    versions.values().removeIf(version -> version == null);
    return versions;
  }
}
