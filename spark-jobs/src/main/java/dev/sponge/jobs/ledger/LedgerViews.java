package dev.sponge.jobs.ledger;

import dev.sponge.jobs.table.LakeTable;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.TableVersions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;

/**
 * The tables as views at fixed versions, rows of every attempt included: {@code <table>} holds the
 * runs that are checked, {@code <table>_any} all runs, both the columns that are looked at, which
 * are read once; {@code <table>_whole} has all columns. What may be missing in a table is looked
 * for in a version of it that is not older, so a run that goes on meanwhile is never found damaged.
 */
final class LedgerViews implements AutoCloseable {
  /**
   * The columns that are looked at, none of them as long as a response. What refers to others
   * stands before them.
   */
  private static final Map<String, List<String>> COLUMNS = columns();

  /**
   * Below, Spark's reading of the logs and compiling of the checks take most of the time, and are
   * done without.
   */
  private static final long SMALL_BYTES = 256L << 20;

  private static Map<String, List<String>> columns() {
    Map<String, List<String>> columns = new LinkedHashMap<>();
    columns.put(
        "evaluations",
        List.of(
            "run_id",
            "policy_version",
            "benchmark",
            "attempt_id",
            "problems",
            "samples",
            "temperature"));
    columns.put(
        "train_steps",
        Stream.concat(
                Stream.of(
                    "run_id",
                    "step",
                    "attempt_id",
                    "version_out",
                    "incarnation",
                    "fresh_rollouts",
                    "passes",
                    "metrics['actor/updates'] AS updates"),
                TableVersions.TABLES.stream().map(table -> table + "_table_version"))
            .toList());
    columns.put("incarnations", List.of("run_id", "incarnation", "base_version"));
    columns.put(
        "rewards",
        List.of(
            "rollout_id", "run_id", "policy_version", "verifier_id", "verifier_version", "status"));
    columns.put("step_rollouts", List.of("run_id", "step", "attempt_id", "pass", "rollout_id"));
    columns.put(
        "anchor_logprobs", List.of("rollout_id", "run_id", "step", "anchor_version", "attempt_id"));
    columns.put(
        "stored_advantages", List.of("rollout_id", "run_id", "policy_version", "attempt_id"));
    columns.put(
        "evaluation_responses",
        List.of(
            "run_id", "policy_version", "benchmark", "attempt_id", "prompt_id", "sample_index"));
    columns.put(
        "policies",
        List.of(
            "run_id",
            "policy_version",
            "attempt_id",
            "parent_version",
            "base_version",
            "phase",
            "checkpoint_uri",
            "weights_sha256",
            "resolved_config"));
    columns.put(
        "rollouts",
        List.of("rollout_id", "run_id", "policy_version", "prompt_id", "group_id", "sample_index"));
    columns.put("prompts", List.of("prompt_id"));
    columns.put("prompts_rejected", List.of("rejected_id"));
    columns.put("recalls", List.of("deleted_rows"));
    return columns;
  }

  private final SparkSession session;
  private final List<Dataset<Row>> kept;
  private final Map<String, Long> counts = new HashMap<>();

  private LedgerViews(SparkSession session, List<Dataset<Row>> kept) {
    this.session = session;
    this.kept = kept;
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
    boolean small = lake.rollouts().bytes() < SMALL_BYTES;
    if (small) {
      session.conf().set("spark.sql.codegen.wholeStage", "false");
      session.conf().set("spark.sql.codegen.factoryMode", "NO_CODEGEN");
    }
    List<Dataset<Row>> kept = new ArrayList<>();
    COLUMNS.forEach(
        (name, columns) -> {
          LakeTable<?> table = tables.get(name);
          Dataset<Row> whole = small ? table.fromFiles(session) : load(session, table);
          whole.createOrReplaceTempView(name + "_whole");
          Dataset<Row> rows =
              whole
                  .selectExpr(columns.toArray(String[]::new))
                  .persist(StorageLevel.MEMORY_AND_DISK());
          kept.add(rows);
          rows.createOrReplaceTempView(name + "_any");
          boolean chosen = run.isPresent() && columns.contains("run_id");
          (chosen ? rows.where(functions.col("run_id").equalTo(run.get())) : rows)
              .createOrReplaceTempView(name);
        });
    session
        .sql(
            """
            SELECT p.* FROM policies p LEFT JOIN train_steps t
            ON t.run_id = p.run_id AND t.version_out = p.policy_version
              AND t.attempt_id = p.attempt_id
            WHERE p.policy_version = 0 OR t.step IS NOT NULL
            """)
        .createOrReplaceTempView("counted_policies");
    return new LedgerViews(session, kept);
  }

  private static Dataset<Row> load(SparkSession session, LakeTable<?> table) {
    return session.read().format("delta").option("versionAsOf", table.version()).load(table.path());
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

  @Override
  public void close() {
    kept.forEach(Dataset::unpersist);
  }
}
