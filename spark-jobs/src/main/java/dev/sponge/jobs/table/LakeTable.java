package dev.sponge.jobs.table;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** What all tables of the lakehouse share: place, version and the way to Spark. */
public abstract sealed class LakeTable<R extends Record>
    permits PromptsTable,
        PoliciesTable,
        IncarnationsTable,
        RolloutsTable,
        RewardsTable,
        AnchorLogprobsTable,
        StoredAdvantagesTable,
        TrainStepsTable,
        StepRolloutsTable,
        HistoryStatisticsTable,
        EvaluationsTable,
        EvaluationResponsesTable,
        StudiesTable,
        LeasesTable,
        RecallsTable,
        PromptsRejectedTable {
  private final RecordTable<R> table;

  LakeTable(RecordTable<R> table) {
    this.table = table;
  }

  final RecordTable<R> table() {
    return table;
  }

  /** Ends this table with the present version of the same one. */
  final void freezeLike(LakeTable<R> other) {
    table.freezeLike(other.table);
  }

  /** The table's name, which is also its view's name in SQL. */
  public final String name() {
    return table.name();
  }

  /** Names of its columns. */
  public final List<String> columns() {
    return table.columns();
  }

  /** Directory of the Delta table. */
  public final String path() {
    return table.path();
  }

  /** The latest version, for later time travel; 0 is the empty table. */
  public final long version() {
    return table.version();
  }

  /**
   * Writes a checkpoint of the table's log at the latest version, from which readers begin.
   *
   * @return that version
   */
  public final long writeLogCheckpoint() {
    return table.writeLogCheckpoint();
  }

  /** The table as Spark sees it, rows of attempts that do not count included. */
  public final Dataset<Row> dataset() {
    return table.rows().latest();
  }

  /** {@link #dataset()} as of an old version. */
  public final Dataset<Row> dataset(long version) {
    return table.rows().at(version);
  }

  /** Bytes of the data files of the latest version. */
  public final long bytes() {
    return table.rows().bytes();
  }

  /**
   * The rows of the latest version, read from those of its data files that are there. It spares the
   * Spark jobs in which Delta reads the log, about a second a table.
   */
  public final Dataset<Row> fromFiles(SparkSession session) {
    return table.rows().fromFiles(session);
  }

  /** The rows that count, as Spark sees them. */
  public final Dataset<Row> committed() {
    return table.spark().sql(committedSql(LakeTable::view));
  }

  /** How SQL names a table. */
  @FunctionalInterface
  interface Relations {
    String of(LakeTable<?> table);
  }

  /** A query for the rows that count. */
  String committedSql(Relations relations) {
    return "SELECT * FROM " + relations.of(this);
  }

  /** The table by its place, for sessions that know nothing of Sponge. */
  final String place() {
    return "delta.`" + path().replace("`", "``") + "`";
  }

  /** A view of {@link #dataset()}, which may be that of an old version. */
  final String view() {
    String view = name() + "_all";
    dataset().createOrReplaceTempView(view);
    return view;
  }

  /** The rows of this table for which {@code commits} has a row that fulfils {@code condition}. */
  final String committedBy(Relations relations, LakeTable<?> commits, String condition) {
    return "SELECT row.* FROM %s AS row LEFT SEMI JOIN %s AS commit ON %s"
        .formatted(relations.of(this), relations.of(commits), condition);
  }
}
