package dev.sponge.jobs.table;

import io.delta.tables.DeltaTable;
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

  static boolean isAppendOnly(LakeTable<?> table) {
    SparkSession spark = table.dataset().sparkSession();
    return "true"
        .equals(
            DeltaTable.forPath(spark, table.path())
                .detail()
                .select("properties")
                .head()
                .getJavaMap(0)
                .get(APPEND_ONLY));
  }

  private static void setAppendOnly(SparkSession spark, LakeTable<?> table, boolean value) {
    spark.sql(
        "ALTER TABLE delta.`%s` SET TBLPROPERTIES ('%s' = '%s')"
            .formatted(table.path(), APPEND_ONLY, value));
  }
}
