package dev.sponge.jobs.maintenance;

import dev.sponge.rl.SpongeException;
import io.delta.exceptions.DeltaConcurrentModificationException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.sql.SparkSession;

/** What changes how a table is stored and none of its rows. */
final class TableWork {
  private final SparkSession spark;

  /**
   * @param session stays as it is; the settings of the rewriting are those of a session beside it
   */
  TableWork(SparkSession session) {
    spark = session.newSession();
    String target = Long.toString(Compaction.TARGET_BYTES);
    spark.conf().set("spark.databricks.delta.optimize.minFileSize", target);
    spark.conf().set("spark.databricks.delta.optimize.maxFileSize", target);
    // As the tables' own writer does; Spark's default INT96 is obsolete.
    spark.conf().set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS");
  }

  /**
   * Rewrites small files with Delta's OPTIMIZE: one commit that changes no data, allowed on
   * append-only tables and beside appends.
   *
   * @return what it did
   */
  String compact(FileSystem files, String table) {
    TableHistory before = TableHistory.read(files, table);
    try {
      spark.sql("OPTIMIZE delta.`%s`".formatted(table.replace("`", "``"))).collectAsList();
    } catch (RuntimeException e) {
      if (e.getCause() instanceof DeltaConcurrentModificationException
          || e instanceof DeltaConcurrentModificationException) {
        throw new SpongeException(
            "Table %s was compacted by somebody else at the same time; run the command again."
                .formatted(table),
            e);
      }
      throw e;
    }
    TableHistory after = TableHistory.read(files, table);
    return "%d files -> %d, version %d"
        .formatted(before.live().size(), after.live().size(), after.version());
  }
}
