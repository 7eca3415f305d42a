package dev.sponge.jobs.table;

import dev.sponge.rl.SpongeException;
import io.delta.kernel.ScanBuilder;
import io.delta.kernel.Snapshot;
import io.delta.kernel.TableManager;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.exceptions.CheckpointAlreadyExistsException;
import io.delta.kernel.exceptions.KernelEngineException;
import io.delta.kernel.exceptions.KernelException;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.SnapshotImpl;
import io.delta.kernel.internal.actions.AddFile;
import io.delta.kernel.internal.actions.DomainMetadata;
import io.delta.kernel.internal.actions.Metadata;
import io.delta.kernel.internal.actions.SingleAction;
import io.delta.kernel.internal.data.GenericRow;
import io.delta.kernel.internal.files.ParsedDeltaData;
import io.delta.kernel.internal.lang.Lazy;
import io.delta.kernel.internal.metrics.SnapshotQueryContext;
import io.delta.kernel.internal.replay.LogReplay;
import io.delta.kernel.internal.snapshot.LogSegment;
import io.delta.kernel.internal.util.FileNames;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.FileStatus;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the log of an append-only table says, read once and then kept up to date by the commits made
 * since. Kernel lists the whole log and reads all of it that no checkpoint holds, at every look; a
 * look here costs one question to the file system, however long the table's history. Every answer
 * is that of the latest version at the time of asking, unless the log is frozen.
 */
final class TableLog {
  /** A longer tail of commits makes Kernel's own snapshots, which hold the names of all, slow. */
  private static final int LONGEST_TAIL = 100;

  private final Engine engine;
  private final String name;
  private final String path;
  private final TableLayout layout;

  /** As Kernel found it in the log's directory. */
  private SnapshotImpl listed;

  /** The latest version: {@link #listed} and the commits after it. */
  private SnapshotImpl latest;

  /** The table's files, those of the oldest commit first. */
  private List<DataFile> files;

  private Map<String, Long> transactions;

  private boolean frozen;

  /**
   * @param layout whose constraints the rows to write fulfil
   */
  TableLog(Engine engine, String name, String path, TableLayout layout) {
    this.engine = engine;
    this.name = name;
    this.path = path;
    this.layout = layout;
  }

  /**
   * A version of the table.
   *
   * @param snapshot for Kernel
   * @param files those of the newest commit first
   */
  record View(Snapshot snapshot, List<DataFile> files) {}

  /**
   * A data file. While the table is only appended to, its object stays the same one.
   *
   * @param scanFile as Kernel's scans name it
   * @param partition values of the partition columns as the log has them
   */
  record DataFile(Row scanFile, Map<String, String> partition) {
    private static DataFile of(Row scanFile) {
      return new DataFile(scanFile, InternalScanFileUtils.getPartitionValues(scanFile));
    }

    String path() {
      return InternalScanFileUtils.getAddFileStatus(scanFile).getPath();
    }
  }

  /** A log of its own that ends with the latest version for good. */
  synchronized TableLog frozen() {
    snapshot();
    return endingWith(latest, List.copyOf(files));
  }

  /** A log of its own that ends with a version for good. */
  TableLog frozenAt(long version) {
    View view = at(version, PartitionFilter.ALL);
    List<DataFile> oldestFirst = new ArrayList<>(view.files());
    Collections.reverse(oldestFirst);
    return endingWith((SnapshotImpl) view.snapshot(), oldestFirst);
  }

  private TableLog endingWith(SnapshotImpl last, List<DataFile> itsFiles) {
    TableLog log = new TableLog(engine, name, path, layout);
    log.latest = last;
    log.files = itsFiles;
    log.frozen = true;
    return log;
  }

  /** Whether later commits are not seen. */
  boolean isFrozen() {
    return frozen;
  }

  /** The latest version, with the files whose partition passes {@code filter}. */
  synchronized View latest(PartitionFilter filter) {
    Snapshot snapshot = snapshot();
    List<DataFile> passing = new ArrayList<>();
    for (int i = files.size() - 1; i >= 0; i--) {
      if (filter.passes(files.get(i).partition())) {
        passing.add(files.get(i));
      }
    }
    return new View(snapshot, passing);
  }

  /** An old version, with the files whose partition passes {@code filter}. */
  View at(long version, PartitionFilter filter) {
    try {
      Snapshot snapshot = TableManager.loadSnapshot(path).atVersion(version).build(engine);
      ScanBuilder builder = snapshot.getScanBuilder();
      filter.predicate().ifPresent(builder::withFilter);
      List<DataFile> found = new ArrayList<>();
      try (CloseableIterator<FilteredColumnarBatch> batches =
          builder.build().getScanFiles(engine)) {
        while (batches.hasNext()) {
          try (CloseableIterator<Row> rows = batches.next().getRows()) {
            rows.forEachRemaining(row -> found.add(DataFile.of(row)));
          }
        }
      }
      return new View(snapshot, found);
    } catch (IOException | KernelException | KernelEngineException e) {
      throw cannotOpen(e);
    }
  }

  private SpongeException cannotOpen(Exception e) {
    return new SpongeException(
        "Cannot open table %s at %s: %s".formatted(name, path, e.getMessage()), e);
  }

  /** The latest version; it knows the transactions without reading the log again. */
  synchronized Snapshot snapshot() {
    try {
      if (latest == null) {
        load();
      }
      if (!frozen) {
        readNewCommits();
      }
      return latest;
    } catch (IOException | RuntimeException e) {
      // Part of a commit may have been taken.
      latest = null;
      throw e instanceof RuntimeException other && !isKernels(other) ? other : cannotOpen(e);
    }
  }

  /** A version whose metadata and protocol are the latest, as the log has them. */
  synchronized SnapshotImpl described() {
    snapshot();
    return listed;
  }

  /**
   * Writes a checkpoint of the log unless there is one of the latest version.
   *
   * @return that version
   */
  long writeCheckpoint() {
    Snapshot last = snapshot();
    try {
      last.writeCheckpoint(engine);
    } catch (CheckpointAlreadyExistsException e) {
      return last.getVersion();
    } catch (IOException | KernelException | KernelEngineException e) {
      throw new SpongeException(
          "Cannot write a checkpoint of the log of table %s at %s: %s"
              .formatted(name, path, e.getMessage()),
          e);
    }
    return last.getVersion();
  }

  private static boolean isKernels(RuntimeException e) {
    return e instanceof KernelException || e instanceof KernelEngineException;
  }

  private void load() throws IOException {
    listed = (SnapshotImpl) TableManager.loadSnapshot(path).build(engine);
    files = new ArrayList<>();
    transactions = new ConcurrentHashMap<>();
    try (CloseableIterator<FilteredColumnarBatch> batches =
        listed.getCreateCheckpointIterator(engine)) {
      while (batches.hasNext()) {
        try (CloseableIterator<Row> actions = batches.next().getRows()) {
          while (actions.hasNext()) {
            apply(actions.next());
          }
        }
      }
    }
    Collections.reverse(files);
    latest = known(listed.getVersion(), List.of());
  }

  /** Reads what has been committed since; starts anew after a commit that did more than append. */
  private void readNewCommits() throws IOException {
    List<FileStatus> commits = new ArrayList<>();
    for (Optional<FileStatus> next = commit(latest.getVersion() + 1);
        next.isPresent();
        next = commit(latest.getVersion() + commits.size() + 1)) {
      commits.add(next.get());
    }
    if (commits.isEmpty()) {
      return;
    }
    for (FileStatus commit : commits) {
      if (!append(commit)) {
        load();
        return;
      }
    }
    long version = latest.getVersion() + commits.size();
    if (version - listed.getVersion() > LONGEST_TAIL) {
      listed = (SnapshotImpl) TableManager.loadSnapshot(path).atVersion(version).build(engine);
      commits.clear();
    }
    latest = known(version, commits);
  }

  private Optional<FileStatus> commit(long version) throws IOException {
    try {
      return Optional.of(
          engine
              .getFileSystemClient()
              .getFileStatus(FileNames.deltaFile(listed.getLogPath(), version)));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
  }

  /**
   * Takes the files and transactions of a commit.
   *
   * @return false if it did anything else
   */
  private boolean append(FileStatus commit) throws IOException {
    List<Row> actions = new ArrayList<>();
    try (CloseableIterator<ColumnarBatch> batches =
        engine
            .getJsonHandler()
            .readJsonFiles(
                Utils.singletonCloseableIterator(commit),
                SingleAction.CHECKPOINT_SCHEMA,
                Optional.empty())) {
      while (batches.hasNext()) {
        try (CloseableIterator<Row> rows = batches.next().getRows()) {
          rows.forEachRemaining(actions::add);
        }
      }
    }
    // Within a commit, too, the last file comes first when the list is read from its end.
    Collections.reverse(actions);
    return actions.stream().allMatch(this::apply);
  }

  /** Whether the action is one of an append, or none that matters. */
  private boolean apply(Row action) {
    boolean appends = true;
    if (!action.isNullAt(SingleAction.TXN_ORDINAL)) {
      Row transaction = action.getStruct(SingleAction.TXN_ORDINAL);
      transactions.put(transaction.getString(0), transaction.getLong(1));
    } else if (!action.isNullAt(SingleAction.ADD_FILE_ORDINAL)) {
      Row add = action.getStruct(SingleAction.ADD_FILE_ORDINAL);
      // Else it tells something new of a file that is there.
      appends = new AddFile(add).getDataChange();
      files.add(
          DataFile.of(
              new GenericRow(InternalScanFileUtils.SCAN_FILE_SCHEMA, Map.of(0, add, 1, path))));
    }
    return appends
        && action.isNullAt(SingleAction.REMOVE_FILE_ORDINAL)
        && action.isNullAt(SingleAction.METADATA_ORDINAL)
        && action.isNullAt(SingleAction.PROTOCOL_ORDINAL);
  }

  /** {@link #listed} with the commits after it. */
  private SnapshotImpl known(long version, List<FileStatus> commits) {
    List<ParsedDeltaData> deltas = commits.stream().map(ParsedDeltaData::forFileStatus).toList();
    SnapshotImpl before = deltas.isEmpty() ? listed : latest;
    Lazy<LogSegment> segment =
        new Lazy<>(
            () ->
                deltas.isEmpty()
                    ? before.getLogSegment()
                    : before.getLogSegment().newWithAddedDeltas(deltas));
    segment.get();
    return new KnownTransactions(
        listed,
        version,
        segment,
        new LogReplay(engine, listed.getDataPath(), segment, new Lazy<>(Optional::empty)),
        layout.writable(listed.getMetadata()),
        transactions);
  }

  /**
   * A snapshot that answers from memory which transactions are done, and that Kernel writes to
   * although the table has CHECK constraints.
   */
  private static final class KnownTransactions extends SnapshotImpl {
    private static final String DOMAIN_METADATA = "domainMetadata";

    private final Map<String, Long> transactions;

    KnownTransactions(
        SnapshotImpl listed,
        long version,
        Lazy<LogSegment> segment,
        LogReplay replay,
        Metadata metadata,
        Map<String, Long> transactions) {
      super(
          listed.getDataPath(),
          version,
          segment,
          replay,
          listed.getProtocol(),
          metadata,
          listed.getCommitter(),
          resolved(listed.getPath(), version),
          Optional.empty());
      this.transactions = transactions;
    }

    private static SnapshotQueryContext resolved(String path, long version) {
      SnapshotQueryContext query = SnapshotQueryContext.forLatestSnapshot(path);
      query.setResolvedVersion(version);
      return query;
    }

    /** Asked for at every commit; without the feature there is none, and no need to look. */
    @Override
    public Map<String, DomainMetadata> getActiveDomainMetadataMap() {
      return getProtocol().getWriterFeatures().contains(DOMAIN_METADATA)
          ? super.getActiveDomainMetadataMap()
          : Map.of();
    }

    @Override
    public Optional<Long> getLatestTransactionVersion(Engine engine, String appId) {
      return Optional.ofNullable(transactions.get(appId));
    }
  }
}
