package dev.sponge.jobs.table;

import io.delta.kernel.TableManager;
import io.delta.tables.DeltaTable;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Deletes rows of append-only tables, which recalls and repairs alone may do. The property that
 * forbids it is lifted for one commit and put back, also when the commit fails. Data files stay, so
 * that the versions which steps were trained from can still be read.
 */
public final class Erasure {
  private static final String APPEND_ONLY = "delta.appendOnly";

  private Erasure() {}

  /** Deletes the rows that fulfil a condition; old versions of the table still hold them. */
  public static void delete(LakeTable<?> table, Column condition) {
    SparkSession spark = table.dataset().sparkSession();
    lifted(table, () -> DeltaTable.forPath(spark, table.path()).delete(condition));
  }

  /**
   * Leaves one row of every key.
   *
   * @param where condition on partition columns alone, in SQL: other rows are not looked at
   * @param key names of columns; rows that agree in them must be equal
   */
  public static void keepOnce(LakeTable<?> table, String where, List<String> key) {
    Dataset<Row> once =
        table.dataset().where(where).dropDuplicates(key.toArray(String[]::new)).coalesce(1);
    lifted(
        table,
        () ->
            once.write()
                .format("delta")
                .mode("overwrite")
                .option("replaceWhere", where)
                .save(table.path()));
  }

  private static void lifted(LakeTable<?> table, Runnable commit) {
    SparkSession spark = table.dataset().sparkSession();
    setAppendOnly(spark, table, false);
    try {
      commit.run();
    } finally {
      setAppendOnly(spark, table, true);
    }
  }

  /** Puts the property back where a process died between deletion and that. */
  public static void protect(LakeTable<?> table) {
    if (!isAppendOnly(table)) {
      setAppendOnly(table.dataset().sparkSession(), table, true);
    }
  }

  /** Whether the table refuses deletions, as all tables do outside of {@link #delete}. */
  public static boolean isAppendOnly(LakeTable<?> table) {
    Configuration hadoop = table.dataset().sparkSession().sessionState().newHadoopConf();
    return "true"
        .equals(
            TableManager.loadSnapshot(table.path())
                .build(DataFiles.engine(hadoop))
                .getTableProperties()
                .get(APPEND_ONLY));
  }

  private static void setAppendOnly(SparkSession spark, LakeTable<?> table, boolean value) {
    spark.sql(
        "ALTER TABLE delta.`%s` SET TBLPROPERTIES ('%s' = '%s')"
            .formatted(table.path(), APPEND_ONLY, value));
  }
}
