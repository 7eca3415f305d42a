package dev.sponge.jobs.table;

import dev.sponge.jobs.table.TableLayout.Gap;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import io.delta.kernel.TableManager;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.exceptions.KernelEngineException;
import io.delta.kernel.exceptions.KernelException;
import io.delta.kernel.internal.SnapshotImpl;
import io.delta.kernel.internal.types.DataTypeJsonSerDe;
import io.delta.kernel.types.StructField;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;

/** The directory of one table: looked at, filled with an empty table, or migrated. */
final class TablePlace {
  private static final String LOG = "_delta_log";

  /** Other writers may come first this often. */
  private static final int TRIES = 10;

  private final SparkSession spark;
  private final Engine engine;
  private final String name;
  private final String path;
  private final TableLayout layout;
  private final TableLog log;

  /** The version whose rows have been found good; -1 before. */
  private long checked = -1;

  TablePlace(
      SparkSession spark,
      Engine engine,
      String name,
      String path,
      TableLayout layout,
      TableLog log) {
    this.spark = spark;
    this.engine = engine;
    this.name = name;
    this.path = path;
    this.layout = layout;
    this.log = log;
  }

  /**
   * Whether the table is there and has the present layout.
   *
   * @throws UserError if it has another one, or something that is no table is in its place
   */
  boolean isThere() {
    if (!hasTable()) {
      return false;
    }
    Gap gap = layout.gap(log.described());
    if (!gap.isEmpty()) {
      throw new UserError(
          "Table %s at %s is older than this Sponge (it lacks %s); run: sponge migrate --work DIR"
              .formatted(name, path, gap.describe()));
    }
    return true;
  }

  /**
   * Makes the table; another process may make it at the same time.
   *
   * @return whether this one did
   */
  boolean create() {
    try {
      return layout.create(engine) || !isThere();
    } catch (IOException | KernelException | KernelEngineException e) {
      throw new SpongeException(
          "Cannot create table %s at %s: %s".formatted(name, path, e.getMessage()), e);
    }
  }

  /**
   * Throws what {@link #migrate} would throw, and changes nothing.
   *
   * @throws SpongeException if rows break a constraint that the table lacks
   */
  void checkMigration() {
    if (hasTable()) {
      SnapshotImpl snapshot = snapshot();
      checkRows(snapshot, layout.gap(snapshot));
    }
  }

  /** Makes or changes the table; empty if there is nothing to do. */
  Optional<String> migrate() {
    try {
      if (!hasTable() && create()) {
        return Optional.of(name + ": created");
      }
      for (int i = 0; i < TRIES; i++) {
        SnapshotImpl snapshot = snapshot();
        Gap gap = layout.gap(snapshot);
        if (gap.isEmpty()) {
          return Optional.empty();
        }
        checkRows(snapshot, gap);
        if (layout.close(engine, snapshot, gap)) {
          return Optional.of(name + ": added " + gap.describe());
        }
      }
    } catch (IOException | KernelException | KernelEngineException e) {
      throw new SpongeException(
          "Cannot migrate table %s at %s: %s".formatted(name, path, e.getMessage()), e);
    }
    throw new SpongeException(
        "Table %s at %s was written to %s times while it was migrated; end the runs on it and try again."
            .formatted(name, path, TRIES));
  }

  /** Whether the directory holds a Delta log. */
  private boolean hasTable() {
    Path table = new Path(path);
    try {
      FileSystem files = table.getFileSystem(spark.sessionState().newHadoopConf());
      for (FileStatus entry : list(files, new Path(table, LOG))) {
        if (entry.getPath().getName().matches("\\d{20}\\..*(json|parquet)")) {
          return true;
        }
      }
      List<FileStatus> others =
          list(files, table).stream().filter(e -> !e.getPath().getName().equals(LOG)).toList();
      if (!others.isEmpty()) {
        throw new UserError(
            ("Table %s cannot be made at %s: there is something that is no Delta table (%s); move it"
                    + " away, or give another --work.")
                .formatted(name, path, others.get(0).getPath()));
      }
      return false;
    } catch (IOException e) {
      throw new SpongeException(
          "Cannot look at table %s at %s: %s".formatted(name, path, e.getMessage()), e);
    }
  }

  /** What stands in a directory; a file stands in itself. */
  private static List<FileStatus> list(FileSystem files, Path directory) throws IOException {
    try {
      return List.of(files.listStatus(directory));
    } catch (FileNotFoundException e) {
      return List.of();
    }
  }

  private SnapshotImpl snapshot() {
    try {
      return (SnapshotImpl) TableManager.loadSnapshot(path).build(engine);
    } catch (KernelException | KernelEngineException e) {
      throw new SpongeException(
          "Cannot open table %s at %s: %s".formatted(name, path, e.getMessage()), e);
    }
  }

  /** Counts the rows that break what is to be added, in one pass over the table. */
  private void checkRows(SnapshotImpl snapshot, Gap gap) {
    Map<String, String> conditions = new TreeMap<>();
    gap.constraints()
        .forEach(
            constraint ->
                conditions.put(
                    constraint, gap.properties().get(TableLayout.CONSTRAINT_PREFIX + constraint)));
    gap.tightened()
        .forEach(column -> conditions.put(column + " NOT NULL", column + " IS NOT NULL"));
    if (conditions.isEmpty() || snapshot.getVersion() == 0 || snapshot.getVersion() == checked) {
      return;
    }
    Dataset<Row> rows =
        spark.read().format("delta").option("versionAsOf", snapshot.getVersion()).load(path);
    for (StructField column : gap.columns()) {
      String type = DataTypeJsonSerDe.serializeDataType(column.getDataType());
      rows = rows.withColumn(column.getName(), functions.lit(null).cast(DataType.fromJson(type)));
    }
    List<Column> broken = new ArrayList<>();
    conditions.forEach(
        (constraint, sql) ->
            broken.add(functions.expr("count_if(NOT coalesce((%s), false))".formatted(sql))));
    Row counts =
        rows.agg(broken.get(0), broken.subList(1, broken.size()).toArray(Column[]::new)).head();
    int i = 0;
    for (Map.Entry<String, String> condition : conditions.entrySet()) {
      if (counts.getLong(i) > 0) {
        throw new SpongeException(
            ("Table %s at %s holds %s rows that break constraint %s (%s): they were not written by"
                    + " Sponge, or are damaged; remove them, or use another work directory."
                    + " Nothing was migrated.")
                .formatted(
                    name, path, counts.getLong(i), condition.getKey(), condition.getValue()));
      }
      i++;
    }
    checked = snapshot.getVersion();
  }
}
