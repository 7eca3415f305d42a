package dev.sponge.jobs.maintenance;

import dev.sponge.jobs.config.CheckpointConfig;
import dev.sponge.jobs.config.MaintenanceSettings;
import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.maintenance.Unreferenced.StoredFile;
import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.report.TextTable;
import dev.sponge.jobs.run.CheckpointRetention;
import dev.sponge.jobs.run.CheckpointRetention.Removal;
import dev.sponge.jobs.run.CheckpointStore;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.table.LakeTable;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.rl.SpongeException;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Keeps a work directory small and fast: puts small data files together, writes checkpoints of the
 * tables' logs, removes data files that no version to keep holds ({@link Unreferenced}) and policy
 * checkpoints that nothing needs. Rows, transaction ids and pinned table versions stay as they are.
 * What it does is planned and shown first. Each task is whole by itself: after an interruption the
 * next call does the rest. Runs may go on meanwhile.
 */
public final class MaintainJob {
  /** Commits after the newest log checkpoint from which a new one is worth its file. */
  private static final int COMMITS = 10;

  private final RunContext run;
  private final Lakehouse lake;
  private final MaintenanceSettings settings;
  private final Clock clock;
  private final Configuration hadoop;
  private final TableWork tables;

  /**
   * @param run a run of the work directory, whose checkpoints are looked after
   */
  public MaintainJob(RunContext run, MaintenanceSettings settings, Clock clock) {
    this.run = run;
    this.lake = run.lakehouse();
    this.settings = settings;
    this.clock = clock;
    this.hadoop = lake.spark().sessionState().newHadoopConf();
    this.tables = new TableWork(lake.spark());
  }

  /**
   * Something to do.
   *
   * @param where table or run
   * @param files how many of them
   * @param bytes of these files
   * @param skipped why it is only shown; empty when {@code work} is to be done
   * @param work does it and says what it did
   */
  private record Task(
      String action, String where, String files, long bytes, String skipped, Work work) {
    List<String> cells() {
      return List.of(action, where, files, megabytes(bytes), skipped);
    }
  }

  private interface Work {
    String run();
  }

  /**
   * Plans, prints and, unless it is a dry run, does the work.
   *
   * @throws dev.sponge.rl.UserError if the run has no policy
   */
  public void run() {
    RunState state = RunState.require(lake, run.runId());
    List<Task> tasks = new ArrayList<>();
    Map<String, Set<Long>> pinned =
        PinnedVersions.of(lake, run.runId(), settings.unpinBeforeStep());
    for (LakeTable<?> table : lake.tables()) {
      tasks.addAll(tasks(table, pinned.getOrDefault(table.name(), Set.of())));
    }
    tasks.addAll(checkpoints(state));
    Console console = run.console();
    if (tasks.isEmpty()) {
      console.result("maintain: nothing to do");
      return;
    }
    TextTable.format(
            List.of("to do", "where", "files", "MB", "note"),
            tasks.stream().map(Task::cells).toList())
        .forEach(console::result);
    if (settings.dryRun()) {
      console.result("dry run: nothing was changed");
      return;
    }
    tasks.stream()
        .filter(task -> task.skipped().isEmpty())
        .forEach(
            task ->
                console.result("%s %s: %s".formatted(task.action, task.where, task.work().run())));
  }

  private List<Task> tasks(LakeTable<?> table, Set<Long> pinned) {
    List<Task> tasks = new ArrayList<>();
    FileSystem files = files(table.path());
    List<StoredFile> stored = Unreferenced.list(files, table.path());
    TableLog log = TableLog.read(files, table.path());
    Compaction compaction = Compaction.of(log.live());
    if (!compaction.isEmpty()) {
      tasks.add(
          new Task(
              "compact",
              table.name(),
              "%d -> %d".formatted(compaction.files(), compaction.into()),
              compaction.bytes(),
              "",
              () -> tables.compact(files, table.path())));
    }
    if (log.commitsSinceCheckpoint() >= COMMITS) {
      tasks.add(
          new Task(
              "checkpoint log",
              table.name(),
              log.commitsSinceCheckpoint() + " commits",
              0,
              "",
              () -> tables.checkpoint(table.path())));
    }
    long horizon = clock.millis() - settings.olderThan().toMillis();
    List<StoredFile> gone = Unreferenced.of(stored, log, pinned, horizon);
    if (!gone.isEmpty()) {
      long bytes = gone.stream().mapToLong(StoredFile::size).sum();
      tasks.add(
          new Task(
              "remove data",
              table.name(),
              "" + gone.size(),
              bytes,
              settings.vacuum() ? "" : "stays without --vacuum",
              () -> {
                Unreferenced.delete(files, table.path(), gone);
                return "%d files, %s MB".formatted(gone.size(), megabytes(bytes));
              }));
    }
    return tasks;
  }

  private List<Task> checkpoints(RunState state) {
    CheckpointConfig stored = SpongeConfig.stored(state.policy().resolvedConfig()).checkpoint();
    CheckpointRetention retention =
        new CheckpointRetention(run, settings.checkpoints().over(stored));
    CheckpointStore checkpoints = run.checkpoints();
    Map<Integer, String> published =
        lake.policies().read(run.runId(), 0, state.step()).stream()
            .collect(Collectors.toMap(Policy::policyVersion, Policy::checkpointUri));
    List<Task> tasks = new ArrayList<>();
    for (Removal removal : retention.plan(state, published)) {
      String name = new Path(removal.uri()).getName();
      long bytes = checkpoints.size(removal.path());
      tasks.add(
          new Task(
              removal.part().isEmpty() ? "remove checkpoint" : "remove " + removal.part(),
              run.runId() + "/" + name,
              "-",
              bytes,
              "",
              () -> {
                retention.remove(removal);
                return megabytes(bytes) + " MB";
              }));
    }
    return tasks;
  }

  private FileSystem files(String path) {
    try {
      return new Path(path).getFileSystem(hadoop);
    } catch (IOException e) {
      throw new SpongeException("Cannot open %s: %s".formatted(path, e.getMessage()), e);
    }
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.3f", bytes / 1e6);
  }
}
