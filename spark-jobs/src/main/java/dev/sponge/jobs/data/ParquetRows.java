package dev.sponge.jobs.data;

import com.google.gson.JsonNull;
import dev.sponge.datasets.imports.DatasetFormat;
import dev.sponge.datasets.imports.FileRow;
import dev.sponge.datasets.imports.JsonRows;
import dev.sponge.rl.UserError;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.StructField;

/** The rows of a Parquet file. Columns of bytes, such as images, are left out. */
final class ParquetRows implements Rows {
  private static final int LOOKED_AT = 20;

  private final String name;
  private final Dataset<Row> rows;
  private Iterator<String> json;
  private long number;

  /**
   * @param path of the file
   * @param name of the file for messages
   */
  ParquetRows(SparkSession spark, String path, String name) {
    this.name = name;
    Dataset<Row> all = reading(() -> spark.read().parquet(path));
    String[] columns =
        Arrays.stream(all.schema().fields())
            .filter(field -> !(field.dataType() instanceof BinaryType))
            .map(StructField::name)
            .map(column -> "`" + column.replace("`", "``") + "`")
            .toArray(String[]::new);
    this.rows = all.selectExpr(columns);
  }

  /** Spark's exceptions for files that are none of its own are checked, and not declared. */
  private <T> T reading(Supplier<T> read) {
    try {
      return read.get();
    } catch (Exception e) {
      throw unreadable(e);
    }
  }

  private UserError unreadable(Exception e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String reason = root.getMessage() == null ? root.toString() : root.getMessage();
    return new UserError(
        "%s cannot be read as Parquet (%s); nothing was imported."
            .formatted(name, reason.lines().findFirst().orElse("")),
        e);
  }

  /** The likeliest format of the first rows; that of a problem and an answer if none fits. */
  DatasetFormat format() {
    List<String> first = reading(() -> rows.limit(LOOKED_AT).toJSON().collectAsList());
    return first.stream()
        .map(text -> JsonRows.parse(1, text))
        .filter(FileRow.Fields.class::isInstance)
        .flatMap(row -> DatasetFormat.of(((FileRow.Fields) row).values()).stream())
        .findFirst()
        .orElse(DatasetFormat.GENERIC);
  }

  @Override
  public Optional<FileRow> next() {
    if (json == null) {
      json = reading(() -> rows.toJSON().toLocalIterator());
    }
    if (!reading(json::hasNext)) {
      return Optional.empty();
    }
    number++;
    FileRow row = JsonRows.parse(number, reading(json::next));
    if (row instanceof FileRow.Fields fields) {
      // Spark leaves out what is null.
      for (String column : rows.columns()) {
        if (!fields.values().has(column)) {
          fields.values().add(column, JsonNull.INSTANCE);
        }
      }
    }
    return Optional.of(row);
  }

  @Override
  public void close() {
    // Spark's iterator holds nothing that must be given back.
  }
}
