package dev.sponge.jobs.ledger;

import java.util.List;

/**
 * The columns that no two rows of a table may share.
 *
 * @param table its name
 * @param key the columns
 * @param partition the table's partition columns
 */
record Keys(String table, List<String> key, List<String> partition) {
  private static final List<String> BY_VERSION = List.of("run_id", "policy_version");
  private static final List<String> BY_STEP = List.of("run_id", "step");

  static final List<Keys> ALL =
      List.of(
          new Keys("prompts", List.of("prompt_id"), List.of()),
          new Keys("policies", List.of("run_id", "policy_version", "attempt_id"), BY_VERSION),
          new Keys("incarnations", List.of("run_id", "incarnation"), List.of("run_id")),
          new Keys("rollouts", List.of("rollout_id"), BY_VERSION),
          new Keys("rewards", List.of("rollout_id", "verifier_id", "verifier_version"), BY_VERSION),
          new Keys(
              "anchor_logprobs",
              List.of("rollout_id", "run_id", "step", "attempt_id", "anchor_version"),
              BY_STEP),
          new Keys(
              "stored_advantages",
              List.of("rollout_id", "run_id", "policy_version", "attempt_id"),
              BY_VERSION),
          new Keys("train_steps", BY_STEP, BY_STEP),
          new Keys(
              "step_rollouts",
              List.of("run_id", "step", "attempt_id", "pass", "rollout_id"),
              BY_STEP),
          new Keys(
              "evaluations",
              List.of(
                  "run_id", "policy_version", "benchmark", "problems", "samples", "temperature"),
              BY_VERSION),
          new Keys(
              "evaluation_responses",
              List.of(
                  "run_id",
                  "policy_version",
                  "benchmark",
                  "attempt_id",
                  "prompt_id",
                  "sample_index"),
              BY_VERSION),
          new Keys("prompts_rejected", List.of("rejected_id"), List.of()));

  String checkName() {
    return table + " once";
  }

  /** That the key is one. */
  RowCheck check() {
    boolean hasRun = !partition.isEmpty();
    String columns = String.join(", ", key);
    String query =
        "SELECT %s, concat_ws(' ', 'the row', %s, 'stands', count(*), 'times') FROM %s GROUP BY %s HAVING count(*) > 1"
            .formatted(hasRun ? "min(run_id)" : "''", labelled(), table, columns);
    return RowCheck.of(checkName(), table, query).mendable();
  }

  private String labelled() {
    return String.join(", ", key.stream().map(column -> "'%1$s', %1$s".formatted(column)).toList());
  }
}
