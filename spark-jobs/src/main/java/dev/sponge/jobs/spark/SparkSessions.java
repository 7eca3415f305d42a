package dev.sponge.jobs.spark;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;

/** Builds the Spark session of a job, with the settings measured for many small commits. */
public final class SparkSessions {
  /**
   * What holds in every mode. The session time zone is UTC so that rows do not depend on the
   * machine. One snapshot partition: Delta's default of 50 costs seconds for each commit of a small
   * table. Delta's log store is left at its default: LocalLogStore loses commits of two processes.
   */
  private static final Map<String, String> ALWAYS =
      Map.of(
          "spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension",
          "spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog",
          "spark.sql.session.timeZone", "UTC",
          "spark.databricks.delta.snapshotPartitions", "1",
          "spark.sql.parquet.compression.codec", "zstd");

  /** What suits one JVM; a cluster brings its own parallelism and user interface. */
  private static final Map<String, String> LOCAL =
      Map.of(
          "spark.ui.enabled", "false",
          "spark.ui.showConsoleProgress", "false",
          "spark.driver.host", "localhost",
          "spark.driver.bindAddress", "127.0.0.1",
          "spark.sql.shuffle.partitions", "2",
          "spark.sql.adaptive.enabled", "false",
          "spark.sql.sources.parallelPartitionDiscovery.parallelism", "2",
          "spark.databricks.delta.snapshotCache.storageLevel", "MEMORY_ONLY");

  /** Plain local mode never tries a failed task again. */
  private static final int TASK_ATTEMPTS = 2;

  private SparkSessions() {}

  /**
   * A session inside this JVM.
   *
   * @param workers executor threads; 0 takes one for each core
   * @param scratch directory for shuffle files and the warehouse
   */
  public static SparkSession local(int workers, Path scratch) {
    return local(workers, scratch, Map.of());
  }

  /** The same with further Spark settings, which win. */
  public static SparkSession local(int workers, Path scratch, Map<String, String> settings) {
    Map<String, String> all = new TreeMap<>(LOCAL);
    all.putAll(LocalFiles.SETTINGS);
    all.put("spark.local.dir", scratch.toAbsolutePath().toString());
    all.put("spark.sql.warehouse.dir", scratch.resolve("warehouse").toUri().toString());
    all.putAll(settings);
    return build(
        SparkSession.builder()
            .master("local[%s,%s]".formatted(workers == 0 ? "*" : workers, TASK_ATTEMPTS)),
        all);
  }

  /** A session under spark-submit, which sets master and resources. */
  public static SparkSession cluster() {
    return build(SparkSession.builder(), Map.of());
  }

  private static SparkSession build(SparkSession.Builder builder, Map<String, String> settings) {
    builder.appName("sponge");
    ALWAYS.forEach(builder::config);
    settings.forEach(builder::config);
    return builder.getOrCreate();
  }
}
