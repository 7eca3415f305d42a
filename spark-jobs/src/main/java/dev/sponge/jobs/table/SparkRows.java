package dev.sponge.jobs.table;

import dev.sponge.rl.SpongeException;
import io.delta.kernel.internal.types.DataTypeJsonSerDe;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/** The rows of one table as Spark sees them, those of all attempts included. */
final class SparkRows {
  private static final String CREATED_AT = "created_at";

  private final SparkSession spark;
  private final String name;
  private final String path;
  private final RecordSchema<?> schema;
  private final Supplier<TableLog> log;
  private Optional<Instant> until = Optional.empty();

  /**
   * @param log of the table, frozen or not
   */
  SparkRows(
      SparkSession spark,
      String name,
      String path,
      RecordSchema<?> schema,
      Supplier<TableLog> log) {
    this.spark = spark;
    this.name = name;
    this.path = path;
    this.schema = schema;
    this.log = log;
  }

  /** From here on Spark sees the rows made until then, where rows tell when they were made. */
  void hideAfter(Instant time) {
    until = Optional.of(time);
  }

  /** The rows of the latest version, or of the frozen one. */
  Dataset<Row> latest() {
    if (log.get().isFrozen()) {
      return at(log.get().snapshot().getVersion());
    }
    Dataset<Row> rows = spark.read().format("delta").load(path);
    boolean dated = schema.deltaSchema().indexOf(CREATED_AT) >= 0;
    return dated
        ? until.map(time -> rows.where(functions.col(CREATED_AT).leq(time))).orElse(rows)
        : rows;
  }

  /** The rows of an old version. */
  Dataset<Row> at(long version) {
    return spark.read().format("delta").option("versionAsOf", version).load(path);
  }

  /** Bytes of the data files of {@link #latest}. */
  long bytes() {
    return files().stream().mapToLong(TableLog.DataFile::bytes).sum();
  }

  /** The rows of {@link #latest}, read from those of its data files that are there. */
  Dataset<Row> fromFiles(SparkSession session) {
    StructType type =
        (StructType) DataType.fromJson(DataTypeJsonSerDe.serializeStructType(schema.deltaSchema()));
    String[] there =
        files().stream().map(TableLog.DataFile::path).filter(this::isThere).toArray(String[]::new);
    return there.length == 0
        ? session.createDataFrame(List.of(), type)
        : session.read().schema(type).option("basePath", path).parquet(there);
  }

  private List<TableLog.DataFile> files() {
    return log.get().latest(PartitionFilter.ALL).files();
  }

  private boolean isThere(String file) {
    try {
      Path place = new Path(file);
      return place.getFileSystem(spark.sessionState().newHadoopConf()).exists(place);
    } catch (IOException e) {
      throw new SpongeException(
          "Cannot look at %s of table %s: %s".formatted(file, name, e.getMessage()), e);
    }
  }
}
