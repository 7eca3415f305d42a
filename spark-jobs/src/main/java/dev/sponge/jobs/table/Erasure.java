package dev.sponge.jobs.table;

import io.delta.kernel.TableManager;
import io.delta.tables.DeltaTable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.SparkSession;

/**
 * Deletes rows of append-only tables, which recalls alone may do. The property that forbids it is
 * lifted for one deletion and put back, also when the deletion fails.
 */
public final class Erasure {
  private static final String APPEND_ONLY = "delta.appendOnly";

  private Erasure() {}

  /** Deletes the rows that fulfil a condition; old versions of the table still hold them. */
  public static void delete(LakeTable<?> table, Column condition) {
    SparkSession spark = table.dataset().sparkSession();
    setAppendOnly(spark, table, false);
    try {
      DeltaTable.forPath(spark, table.path()).delete(condition);
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
