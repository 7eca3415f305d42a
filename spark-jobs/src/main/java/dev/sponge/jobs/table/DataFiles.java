package dev.sponge.jobs.table;

import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.expressions.Literal;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.statistics.DataFileStatistics;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.DataFileStatus;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** Writes the Parquet files of an append, on the driver or in an executor task. */
final class DataFiles {
  /**
   * Log-probs hardly repeat: a dictionary of Parquet's usual megabyte costs more time than all else
   * that is done to them before it is given up, and saves nothing.
   */
  private static final String DICTIONARY_BYTES = "65536";

  private DataFiles() {}

  /**
   * A file written but not yet committed; what an executor task sends to the driver.
   *
   * @param partition values of the table's partition columns, in their order
   */
  record Written(List<Serializable> partition, String path, long size, long modified, long rows)
      implements Serializable {
    DataFileStatus status() {
      return new DataFileStatus(
          path,
          size,
          modified,
          Optional.of(
              new DataFileStatistics(rows, Map.of(), Map.of(), Map.of(), Optional.empty())));
    }
  }

  /** An engine over the given Hadoop settings that writes Parquet with zstd. */
  static Engine engine(Configuration hadoop) {
    Configuration settings = new Configuration(hadoop);
    settings.set("parquet.compression", "zstd");
    settings.set("parquet.dictionary.page.size", DICTIONARY_BYTES);
    return DefaultEngine.create(settings);
  }

  /**
   * Writes rows under {@code tablePath}, one file or more for each partition among them. Names are
   * unique, so that the files of a retried task and of its predecessor do not meet.
   */
  static <R extends Record> List<Written> write(
      Engine engine,
      String tablePath,
      RecordSchema<R> schema,
      List<String> partitionColumns,
      Iterator<R> rows)
      throws IOException {
    Map<List<Serializable>, List<R>> partitions = new LinkedHashMap<>();
    while (rows.hasNext()) {
      R row = rows.next();
      schema.requireNoNulls(row);
      partitions
          .computeIfAbsent(partition(schema, partitionColumns, row), p -> new ArrayList<>())
          .add(row);
    }
    List<Written> files = new ArrayList<>();
    for (Map.Entry<List<Serializable>, List<R>> entry : partitions.entrySet()) {
      FilteredColumnarBatch batch =
          new FilteredColumnarBatch(
              schema.batch(entry.getValue(), partitionColumns), Optional.empty());
      String directory = directory(tablePath, partitionColumns, entry.getKey());
      try (CloseableIterator<DataFileStatus> written =
          engine
              .getParquetHandler()
              .writeParquetFiles(directory, Utils.singletonCloseableIterator(batch), List.of())) {
        while (written.hasNext()) {
          DataFileStatus file = written.next();
          files.add(
              new Written(
                  entry.getKey(),
                  file.getPath(),
                  file.getSize(),
                  file.getModificationTime(),
                  file.getStatistics().orElseThrow().getNumRecords()));
        }
      }
    }
    return files;
  }

  /** Partition values as the commit wants them. */
  static Map<String, Literal> literals(
      List<String> partitionColumns, List<? extends Serializable> partition) {
    Map<String, Literal> literals = new LinkedHashMap<>();
    for (int i = 0; i < partitionColumns.size(); i++) {
      literals.put(
          partitionColumns.get(i),
          partition.get(i) instanceof Integer number
              ? Literal.ofInt(number)
              : Literal.ofString((String) partition.get(i)));
    }
    return literals;
  }

  private static <R extends Record> List<Serializable> partition(
      RecordSchema<R> schema, List<String> partitionColumns, R row) {
    List<Serializable> values = new ArrayList<>();
    for (String column : partitionColumns) {
      values.add((Serializable) schema.field(column).value(row));
    }
    return values;
  }

  /** The partition's folder. Only people read its name: Delta keeps the values in its log. */
  private static String directory(
      String tablePath, List<String> partitionColumns, List<Serializable> partition) {
    StringBuilder directory = new StringBuilder(tablePath);
    for (int i = 0; i < partitionColumns.size(); i++) {
      directory
          .append('/')
          .append(partitionColumns.get(i))
          .append('=')
          .append(partition.get(i).toString().replaceAll("[^A-Za-z0-9._-]", "_"));
    }
    return directory.toString();
  }
}
