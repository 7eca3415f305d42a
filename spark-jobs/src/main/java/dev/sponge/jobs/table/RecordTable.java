package dev.sponge.jobs.table;

import dev.sponge.rl.SpongeException;
import io.delta.kernel.Operation;
import io.delta.kernel.Scan;
import io.delta.kernel.ScanBuilder;
import io.delta.kernel.Transaction;
import io.delta.kernel.TransactionCommitResult;
import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.engine.FileReadResult;
import io.delta.kernel.exceptions.ConcurrentTransactionException;
import io.delta.kernel.exceptions.KernelEngineException;
import io.delta.kernel.exceptions.KernelException;
import io.delta.kernel.hook.PostCommitHook;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.data.ScanStateRow;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.utils.CloseableIterable;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.FileStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One append-only Delta table of records, read and written through Delta Kernel: for the few rows
 * of an outer step that is cheaper than Spark's own Delta reader and writer (notes.md). Spark reads
 * the same table through {@link SparkRows}.
 */
final class RecordTable<R extends Record> {
  private static final Logger LOG = LoggerFactory.getLogger(RecordTable.class);
  private static final String WRITER = "Sponge";

  private final SparkSession spark;
  private final String name;
  private final String path;
  private final Class<R> recordType;
  private final RecordSchema<R> schema;
  private final List<String> partitionColumns;
  private final Engine engine;
  private final TableLayout layout;
  private TableLog log;
  private RowsInMemory<R> rowsInMemory;
  private final SparkRows sparkRows;

  /** The table {@code name}; {@link TablePlace} must have made it before its first use. */
  RecordTable(Storage storage, String name, Class<R> recordType, String... partitionColumns) {
    this(storage, name, recordType, RowsInMemory.none(), partitionColumns);
  }

  /** The same for a table of few rows, each of which is read from its file once. */
  static <R extends Record> RecordTable<R> inMemory(
      Storage storage, String name, Class<R> recordType, String... partitionColumns) {
    return new RecordTable<>(storage, name, recordType, RowsInMemory.some(), partitionColumns);
  }

  private RecordTable(
      Storage storage,
      String name,
      Class<R> recordType,
      RowsInMemory<R> rowsInMemory,
      String... partitionColumns) {
    this.spark = storage.spark();
    this.engine = storage.engine();
    this.name = name;
    this.path = storage.tables() + "/" + name;
    this.recordType = recordType;
    this.schema = RecordSchema.of(recordType);
    this.partitionColumns = List.of(partitionColumns);
    this.layout = new TableLayout(name, path, schema, this.partitionColumns);
    this.log = new TableLog(engine, name, path, layout);
    this.rowsInMemory = rowsInMemory;
    this.sparkRows = new SparkRows(spark, name, path, schema, () -> log);
  }

  /** Where the table is made, checked and migrated. */
  TablePlace place() {
    return new TablePlace(spark, engine, name, path, layout, log);
  }

  RecordSchema<R> schema() {
    return schema;
  }

  String name() {
    return name;
  }

  String path() {
    return path;
  }

  SparkSession spark() {
    return spark;
  }

  List<String> columns() {
    return schema.fields().stream().map(RecordSchema.Field::name).toList();
  }

  /**
   * From here on every read sees the present version of the same table, and nothing can be
   * appended. What the other one has read of it serves both.
   */
  void freezeLike(RecordTable<R> other) {
    log = other.log.frozen();
    rowsInMemory = other.rowsInMemory;
  }

  /** From here on every read sees this version, and nothing can be appended. */
  void freeze(long version) {
    log = log.frozenAt(version);
  }

  /** The latest version, or the frozen one; 0 is the empty table. */
  long version() {
    return log.snapshot().getVersion();
  }

  /** Writes a checkpoint of the log at the latest version, which is given back. */
  long writeLogCheckpoint() {
    return log.writeCheckpoint();
  }

  /** The version of the last transaction of an application; empty if there was none. */
  Optional<Long> lastTransaction(String appId) {
    return log.snapshot().getLatestTransactionVersion(engine, appId);
  }

  /** The table as Spark sees it. */
  SparkRows rows() {
    return sparkRows;
  }

  /**
   * Appends rows in one commit, written by this process. An empty list is committed too, so that
   * the transaction is known to have happened.
   *
   * @throws SpongeException if the transaction was committed before with other rows
   */
  AppendResult append(List<R> rows, TransactionId id) {
    return append(id, () -> write(rows), () -> rows.stream().map(schema::identity).toList());
  }

  /**
   * Appends rows in one commit, written by the tasks that compute them; only file names travel to
   * the driver. {@code rows} is computed again to compare identities if the transaction was
   * committed before.
   *
   * @throws SpongeException if the transaction was committed before with other rows
   */
  AppendResult append(JavaRDD<R> rows, TransactionId id) {
    return append(
        id,
        () -> writeInTasks(rows),
        () -> {
          Class<R> type = recordType;
          return rows.map(row -> RecordSchema.of(type).identity(row)).collect();
        });
  }

  StagedRows<R> stage(TransactionId id) {
    return new StagedRows<>(this, engine, id);
  }

  /** Writes rows into files that are not committed. */
  List<DataFiles.Written> write(List<R> rows) throws IOException {
    return write(engine, path, recordType, partitionColumns, rows.iterator());
  }

  interface FileWriter {
    List<DataFiles.Written> write() throws IOException;
  }

  interface Identities {
    List<List<Object>> get();
  }

  AppendResult append(TransactionId id, FileWriter writer, Identities identities) {
    if (log.isFrozen()) {
      throw new IllegalStateException(
          "table " + name + " is read as of version " + version() + "; it takes no rows");
    }
    try {
      Transaction transaction =
          log.snapshot()
              .buildUpdateTableTransaction(WRITER, Operation.WRITE)
              .withTransactionId(id.appId(), id.version())
              .build(engine);
      Row state = transaction.getTransactionState(engine);
      List<Row> actions = new ArrayList<>();
      for (DataFiles.Written file : writer.write()) {
        actions(state, file).forEachRemaining(actions::add);
      }
      TransactionCommitResult result =
          transaction.commit(
              engine,
              CloseableIterable.inMemoryIterable(Utils.toCloseableIterator(actions.iterator())));
      checkpointIfDue(result);
      return new AppendResult(result.getVersion(), true);
    } catch (ConcurrentTransactionException e) {
      return requireThere(id, identities.get());
    } catch (IOException | KernelException | KernelEngineException e) {
      throw new SpongeException(
          "Cannot append to table %s at %s: %s".formatted(name, path, reason(e)), e);
    }
  }

  /** Delta names the storage's own words only as a cause of its own. */
  private static String reason(Exception failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null || failure.getMessage().contains(root.getMessage())
        ? failure.getMessage()
        : failure.getMessage() + " (" + root.getMessage() + ")";
  }

  private CloseableIterator<Row> actions(Row state, DataFiles.Written file) {
    return Transaction.generateAppendActions(
        engine,
        state,
        Utils.singletonCloseableIterator(file.status()),
        Transaction.getWriteContext(
            engine, state, DataFiles.literals(partitionColumns, file.partition())));
  }

  private static <R extends Record> List<DataFiles.Written> write(
      Engine engine, String path, Class<R> type, List<String> partitionColumns, Iterator<R> rows)
      throws IOException {
    return DataFiles.write(engine, path, RecordSchema.of(type), partitionColumns, rows);
  }

  private List<DataFiles.Written> writeInTasks(JavaRDD<R> rows) {
    SerializableConfiguration hadoop =
        new SerializableConfiguration(spark.sessionState().newHadoopConf());
    String target = path;
    Class<R> type = recordType;
    List<String> partitions = partitionColumns;
    return rows.mapPartitions(
            part ->
                write(DataFiles.engine(hadoop.value()), target, type, partitions, part).iterator())
        .collect();
  }

  /** A failed checkpoint costs later readers time and nothing else: the commit stands. */
  private void checkpointIfDue(TransactionCommitResult result) {
    for (PostCommitHook hook : result.getPostCommitHooks()) {
      if (hook.getType() == PostCommitHook.PostCommitHookType.CHECKPOINT) {
        try {
          // The hook's own snapshot has the constraints, with which Kernel writes nothing.
          log.writeCheckpoint();
        } catch (RuntimeException e) {
          LOG.warn("Table {}: no checkpoint at version {}", name, result.getVersion(), e);
        }
      }
    }
  }

  /** Delta skipped the commit: that is a finished retry if the rows are there, else an error. */
  private AppendResult requireThere(TransactionId id, List<List<Object>> identities) {
    Set<List<Object>> missing = new HashSet<>(identities);
    TableLog.View latest = log.latest(PartitionFilter.ALL);
    Row scanState = scanState(latest, schema);
    // Newest first: the rows of a retried commit are found without reading all of history.
    for (TableLog.DataFile file : latest.files()) {
      if (missing.isEmpty()) {
        break;
      }
      read(scanState, file, schema).forEach(row -> missing.remove(schema.identity(row)));
    }
    if (!missing.isEmpty()) {
      throw new SpongeException(
          ("Table %s already holds transaction %s at version %s or later, but not %s of the %s rows"
                  + " to write (first missing: %s). Another attempt of this stage has been"
                  + " committed; run the command again to go on from the tables.")
              .formatted(
                  name,
                  id.appId(),
                  id.version(),
                  missing.size(),
                  identities.size(),
                  missing.iterator().next()));
    }
    return new AppendResult(latest.snapshot().getVersion(), false);
  }

  /** The rows of the latest version that pass {@code filter}, in the order of the log. */
  List<R> read(PartitionFilter filter) {
    return read(OptionalLong.empty(), filter);
  }

  /** The rows of a version, the latest if none is given, that pass {@code filter}. */
  List<R> read(OptionalLong version, PartitionFilter filter) {
    TableLog.View view =
        version.isPresent() ? log.at(version.getAsLong(), filter) : log.latest(filter);
    Row scanState = scanState(view, schema);
    List<R> rows = new ArrayList<>();
    for (TableLog.DataFile file : view.files()) {
      rows.addAll(rowsInMemory.get(file, () -> read(scanState, file, schema)));
    }
    return rows;
  }

  /** Some columns of the rows of the latest version; no other column is read. */
  <P extends Record> List<P> read(PartitionFilter filter, RecordSchema<P> columns) {
    TableLog.View view = log.latest(filter);
    Row scanState = scanState(view, columns);
    return view.files().stream().flatMap(f -> read(scanState, f, columns).stream()).toList();
  }

  private Row scanState(TableLog.View view, RecordSchema<?> columns) {
    ScanBuilder builder = view.snapshot().getScanBuilder();
    return builder.withReadSchema(columns.deltaSchema()).build().getScanState(engine);
  }

  private <P extends Record> List<P> read(
      Row scanState, TableLog.DataFile file, RecordSchema<P> columns) {
    List<P> rows = new ArrayList<>();
    try (CloseableIterator<FilteredColumnarBatch> batches = open(scanState, file.scanFile())) {
      while (batches.hasNext()) {
        decode(batches.next(), columns, rows);
      }
      return rows;
    } catch (IOException | KernelException | KernelEngineException e) {
      throw new SpongeException(
          "Cannot read %s of table %s%s: %s"
              .formatted(file.path(), name, log.isFrozen() ? asOf() : "", e.getMessage()),
          e);
    }
  }

  private String asOf() {
    return " as of version %d (the files of old versions go when the table is vacuumed)"
        .formatted(version());
  }

  /** The values of an integer partition column in the latest version; opens no data file. */
  List<Integer> partitionValues(String column, PartitionFilter filter) {
    return log.latest(filter).files().stream()
        .map(file -> Integer.valueOf(file.partition().get(column)))
        .distinct()
        .sorted()
        .toList();
  }

  /** The data files that a read with this filter opens. */
  List<String> files(PartitionFilter filter) {
    return log.latest(filter).files().stream().map(TableLog.DataFile::path).toList();
  }

  private CloseableIterator<FilteredColumnarBatch> open(Row scanState, Row file)
      throws IOException {
    FileStatus status = InternalScanFileUtils.getAddFileStatus(file);
    return Scan.transformPhysicalData(
        engine,
        scanState,
        file,
        engine
            .getParquetHandler()
            .readParquetFiles(
                Utils.singletonCloseableIterator(status),
                ScanStateRow.getPhysicalDataReadSchema(scanState),
                Optional.empty())
            .map(FileReadResult::getData));
  }

  private static <P extends Record> void decode(
      FilteredColumnarBatch batch, RecordSchema<P> columns, List<P> rows) {
    List<ColumnVector> vectors =
        IntStream.range(0, columns.fields().size())
            .mapToObj(i -> batch.getData().getColumnVector(i))
            .toList();
    Optional<ColumnVector> selection = batch.getSelectionVector();
    for (int row = 0; row < batch.getData().getSize(); row++) {
      int selected = row;
      if (selection.map(s -> !s.isNullAt(selected) && s.getBoolean(selected)).orElse(true)) {
        rows.add(columns.read(vectors, row));
      }
    }
  }
}
