package dev.sponge.jobs.ledger;

import java.util.List;

/**
 * A table whose rows count for one attempt alone.
 *
 * @param table its name
 * @param columns what names an attempt in it, the attempt id last
 * @param commits table that names the attempts that count
 * @param committed its columns, in the order of {@code columns}
 * @param exempt rows that count by themselves
 */
record Attempts(
    String table, List<String> columns, String commits, List<String> committed, String exempt) {
  private static final String STEPS = "train_steps";
  private static final List<String> STEP = List.of("run_id", "step", "attempt_id");
  private static final List<String> VERSION = List.of("run_id", "policy_version", "attempt_id");

  static final List<Attempts> ALL =
      List.of(
          new Attempts("step_rollouts", STEP, STEPS, STEP, "false"),
          new Attempts("anchor_logprobs", STEP, STEPS, STEP, "false"),
          new Attempts("stored_advantages", VERSION, STEPS, STEP, "false"),
          new Attempts(
              "policies",
              VERSION,
              STEPS,
              List.of("run_id", "version_out", "attempt_id"),
              "policy_version = 0"),
          new Attempts("evaluation_responses", VERSION, "evaluations", VERSION, "false"));

  /** The attempts that do not count: their columns and their number of rows. */
  String leftovers() {
    String condition =
        String.join(
            " AND ",
            java.util.stream.IntStream.range(0, columns.size())
                .mapToObj(i -> "r.%s = c.%s".formatted(columns.get(i), committed.get(i)))
                .toList());
    return "SELECT %1$s, count(*) AS n FROM (SELECT %1$s FROM %2$s WHERE NOT (%3$s)) r LEFT ANTI JOIN %4$s c ON %5$s GROUP BY %1$s"
        .formatted(String.join(", ", columns), table, exempt, commits, condition);
  }
}
