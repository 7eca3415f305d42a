package dev.sponge.jobs.ledger;

import dev.sponge.jobs.table.LakeTable;
import dev.sponge.jobs.table.Lakehouse;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * The tables as views at fixed versions, rows of every attempt included: {@code <table>} holds the
 * runs that are checked, {@code <table>_any} all runs. What may be missing in a table is looked for
 * in a version of it that is not older, so a run that goes on meanwhile is never found damaged.
 */
final class LedgerViews {
  /** What refers to others stands before them. */
  private static final List<String> ORDER =
      List.of(
          "evaluations",
          "train_steps",
          "incarnations",
          "rewards",
          "step_rollouts",
          "anchor_logprobs",
          "stored_advantages",
          "evaluation_responses",
          "policies",
          "rollouts",
          "prompts",
          "recalls");

  private final SparkSession session;
  private final Map<String, Long> counts = new HashMap<>();

  private LedgerViews(SparkSession session) {
    this.session = session;
  }

  /**
   * @param run the run to check; empty for all
   */
  static LedgerViews open(Lakehouse lake, Optional<String> run) {
    SparkSession session = lake.spark().newSession();
    // Missing files are found and named by a check of their own; the others go on without them.
    session.conf().set("spark.sql.files.ignoreMissingFiles", "true");
    Map<String, LakeTable<?>> tables = new HashMap<>();
    lake.tables().forEach(table -> tables.put(table.name(), table));
    for (String name : ORDER) {
      LakeTable<?> table = tables.get(name);
      Dataset<Row> rows =
          session.read().format("delta").option("versionAsOf", table.version()).load(table.path());
      rows.createOrReplaceTempView(name + "_any");
      boolean chosen = run.isPresent() && Arrays.asList(rows.columns()).contains("run_id");
      (chosen ? rows.where(functions.col("run_id").equalTo(run.get())) : rows)
          .createOrReplaceTempView(name);
    }
    session
        .sql(
            """
            SELECT p.* FROM policies p LEFT JOIN train_steps t
            ON t.run_id = p.run_id AND t.version_out = p.policy_version
              AND t.attempt_id = p.attempt_id
            WHERE p.policy_version = 0 OR t.step IS NOT NULL
            """)
        .createOrReplaceTempView("counted_policies");
    return new LedgerViews(session);
  }

  SparkSession session() {
    return session;
  }

  /** The names of the runs, one a row. */
  List<Row> runs() {
    return session
        .sql(
            "SELECT run_id FROM policies UNION SELECT run_id FROM rollouts UNION SELECT run_id FROM"
                + " train_steps ORDER BY run_id")
        .collectAsList();
  }

  /** Rows of a view. */
  synchronized long count(String view) {
    return counts.computeIfAbsent(view, name -> session.table(name).count());
  }
}
