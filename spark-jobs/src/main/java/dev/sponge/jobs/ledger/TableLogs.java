package dev.sponge.jobs.ledger;

import dev.sponge.jobs.spark.FileTree;
import dev.sponge.jobs.table.LakeTable;
import dev.sponge.rl.SpongeException;
import io.delta.kernel.Snapshot;
import io.delta.kernel.TableManager;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.FileStatus;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The Delta logs of some tables, and the data files that they name and that are there. */
final class TableLogs {
  private static final String LOG = "_delta_log";
  private static final String DATA_FILE = ".parquet";
  private static final String ACTIONS =
      "txn STRUCT<appId: STRING, version: BIGINT>, add STRUCT<path: STRING>, remove STRUCT<path:"
          + " STRING>";

  /**
   * The log of one table. Files are named by their absolute path without scheme.
   *
   * @param version the latest
   * @param appendOnly whether other writers may not remove or change rows
   * @param commits versions whose commit file is there, and of checkpoints the latest version
   * @param live files of the latest version and their logged size in bytes
   * @param there data files in the table's directory and their size in bytes
   * @param added first commit that names a file
   * @param removed last commit that takes a file out
   * @param doubled transactions that more than one commit claims
   * @param transactions number of different transactions
   */
  record TableFiles(
      LakeTable<?> table,
      long version,
      boolean appendOnly,
      TreeSet<Long> commits,
      TreeSet<Long> checkpoints,
      Map<String, Long> live,
      Map<String, Long> there,
      Map<String, Long> added,
      Map<String, Long> removed,
      List<String> doubled,
      long transactions) {

    /** Whether every commit file since the first is there. */
    boolean complete() {
      return commits.size() == version + 1;
    }

    /** Files that no commit names: of a writer that died before its commit. */
    List<String> orphans() {
      return complete()
          ? there.keySet().stream()
              .filter(f -> !live.containsKey(f) && !added.containsKey(f))
              .toList()
          : List.of();
    }

    /** Why an old version cannot be read; null if it can. */
    String unreadable(long pinned) {
      if (pinned < 0 || pinned > version) {
        return "the table ends at version " + version;
      }
      Long checkpoint = checkpoints.floor(pinned);
      for (long v = checkpoint == null ? 0 : checkpoint + 1; v <= pinned; v++) {
        if (!commits.contains(v)) {
          return "commit " + v + " is missing in its log";
        }
      }
      for (Map.Entry<String, Long> file : removed.entrySet()) {
        boolean needed =
            added.getOrDefault(file.getKey(), 0L) <= pinned && pinned < file.getValue();
        if (needed && !live.containsKey(file.getKey()) && !there.containsKey(file.getKey())) {
          return "its file " + file.getKey() + " has been removed";
        }
      }
      return null;
    }
  }

  private final SparkSession spark;
  private final Configuration hadoop;
  private final Engine engine;

  private TableLogs(SparkSession spark) {
    this.spark = spark;
    hadoop = spark.sessionState().newHadoopConf();
    engine = DefaultEngine.create(hadoop);
  }

  /** Reads the logs; opens no data file. */
  static List<TableFiles> read(SparkSession spark, List<LakeTable<?>> tables) {
    return new TableLogs(spark).read(tables);
  }

  private List<TableFiles> read(List<LakeTable<?>> tables) {
    Map<String, Actions> actions = new HashMap<>();
    tables.forEach(table -> actions.put(table.name(), new Actions()));
    actions(tables, actions);
    try {
      List<TableFiles> logs = new ArrayList<>();
      for (LakeTable<?> table : tables) {
        logs.add(log(table, actions.get(table.name())));
      }
      return logs;
    } catch (IOException e) {
      throw new SpongeException("Cannot list the files of the tables: " + e.getMessage(), e);
    }
  }

  /** What the commit files of a table say. */
  private static final class Actions {
    final Map<String, Long> added = new HashMap<>();
    final Map<String, Long> removed = new HashMap<>();
    final Map<String, Integer> transactions = new TreeMap<>();
  }

  private void actions(List<LakeTable<?>> tables, Map<String, Actions> byTable) {
    Map<String, Path> roots = new HashMap<>();
    tables.forEach(table -> roots.put(table.name(), new Path(table.path())));
    String[] globs =
        tables.stream().map(t -> t.path() + "/" + LOG + "/*.json").toArray(String[]::new);
    Dataset<Row> rows =
        spark
            .read()
            .schema(ACTIONS)
            .json(globs)
            .where("txn IS NOT NULL OR add IS NOT NULL OR remove IS NOT NULL")
            .selectExpr(
                "regexp_extract(_metadata.file_path, '([^/]+)/" + LOG + "/', 1)",
                "CAST(regexp_extract(_metadata.file_name, '^([0-9]+)', 1) AS BIGINT)",
                "concat(txn.appId, ' version ', txn.version)",
                "add.path",
                "remove.path");
    for (Row row : rows.collectAsList()) {
      Actions actions = byTable.get(row.getString(0));
      Path root = roots.get(row.getString(0));
      if (!row.isNullAt(2)) {
        actions.transactions.merge(row.getString(2), 1, Integer::sum);
      }
      if (!row.isNullAt(3)) {
        actions.added.merge(file(root, row.getString(3)), row.getLong(1), Math::min);
      }
      if (!row.isNullAt(4)) {
        actions.removed.merge(file(root, row.getString(4)), row.getLong(1), Math::max);
      }
    }
  }

  /** Paths in a log are relative to the table, and encoded. */
  private static String file(Path root, String path) {
    return name(new Path(root, new Path(URI.create(path))));
  }

  private static String name(Path path) {
    return path.toUri().getPath();
  }

  private TableFiles log(LakeTable<?> table, Actions actions) throws IOException {
    Snapshot snapshot = TableManager.loadSnapshot(table.path()).build(engine);
    Path root = new Path(table.path());
    FileSystem files = root.getFileSystem(hadoop);
    TreeSet<Long> commits = new TreeSet<>();
    TreeSet<Long> checkpoints = new TreeSet<>();
    for (var status : files.listStatus(new Path(root, LOG))) {
      String name = status.getPath().getName();
      if (name.matches("\\d{20}\\.json")) {
        commits.add(Long.parseLong(name.substring(0, 20)));
      } else if (name.matches("\\d{20}\\.checkpoint.*\\.parquet")) {
        checkpoints.add(Long.parseLong(name.substring(0, 20)));
      }
    }
    List<String> doubled =
        actions.transactions.entrySet().stream()
            .filter(e -> e.getValue() > 1)
            .map(Map.Entry::getKey)
            .toList();
    return new TableFiles(
        table,
        snapshot.getVersion(),
        "true".equals(snapshot.getTableProperties().get("delta.appendOnly")),
        commits,
        checkpoints,
        live(snapshot),
        there(files, root),
        actions.added,
        actions.removed,
        doubled,
        actions.transactions.size());
  }

  private Map<String, Long> live(Snapshot snapshot) throws IOException {
    Map<String, Long> live = new TreeMap<>();
    try (CloseableIterator<FilteredColumnarBatch> batches =
        snapshot.getScanBuilder().build().getScanFiles(engine)) {
      while (batches.hasNext()) {
        try (var rows = batches.next().getRows()) {
          while (rows.hasNext()) {
            FileStatus status = InternalScanFileUtils.getAddFileStatus(rows.next());
            live.put(name(new Path(status.getPath())), status.getSize());
          }
        }
      }
    }
    return live;
  }

  private static Map<String, Long> there(FileSystem files, Path root) throws IOException {
    Map<String, Long> there = new TreeMap<>();
    try {
      for (var status : FileTree.files(files, root, path -> !path.getName().equals(LOG))) {
        String name = name(status.getPath());
        if (name.endsWith(DATA_FILE)) {
          there.put(name, status.getLen());
        }
      }
    } catch (FileNotFoundException e) {
      throw new IOException("a file vanished while " + root + " was listed; try again", e);
    }
    return there;
  }
}
