package dev.sponge.jobs.ledger;

import dev.sponge.jobs.table.LakeTable;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The one way in which rows leave a table. Tables are append-only by property; it is lifted for one
 * commit and set again, whatever happens. The data files stay, so that versions which steps were
 * trained from can still be read; a process that dies between leaves a table without the property,
 * which the next check reports and mends.
 */
final class Rewrite {
  private static final String APPEND_ONLY = "delta.appendOnly";

  private final SparkSession spark;
  private final LakeTable<?> table;

  Rewrite(SparkSession spark, LakeTable<?> table) {
    this.spark = spark;
    this.table = table;
  }

  /** Removes the rows that fulfil a condition. */
  void delete(String condition) {
    lifted(() -> spark.sql("DELETE FROM " + name() + " WHERE " + condition));
  }

  /** Leaves one row of each key in the rows that fulfil a condition on partition columns. */
  void deduplicate(String partition, List<String> key) {
    Dataset<Row> once =
        table.dataset().where(partition).dropDuplicates(key.toArray(String[]::new)).coalesce(1);
    lifted(
        () ->
            once.write()
                .format("delta")
                .mode("overwrite")
                .option("replaceWhere", partition)
                .save(table.path()));
  }

  /** Forbids removal again. */
  void protect() {
    set("true");
  }

  private void lifted(Runnable commit) {
    set("false");
    try {
      commit.run();
    } finally {
      protect();
    }
  }

  private void set(String value) {
    spark.sql(
        "ALTER TABLE %s SET TBLPROPERTIES ('%s' = '%s')".formatted(name(), APPEND_ONLY, value));
  }

  private String name() {
    return "delta.`" + table.path() + "`";
  }

  /** Equality of columns with the values of a row. */
  static String equal(List<String> columns, Row row) {
    return columns.stream()
        .map(column -> column + " = " + literal(row.get(row.fieldIndex(column))))
        .collect(Collectors.joining(" AND ", "(", ")"));
  }

  private static String literal(Object value) {
    return value instanceof Number
        ? value.toString()
        : "'" + value.toString().replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
