package dev.sponge.jobs.maintenance;

import dev.sponge.jobs.config.CheckpointConfig;
import dev.sponge.jobs.config.MaintenanceSettings;
import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.ledger.RunLease;
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
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Keeps a work directory small and fast: puts small data files together, writes checkpoints of the
 * tables' logs, removes data files that no version to keep holds ({@link Unreferenced}) and policy
 * checkpoints that nothing needs. Rows, transaction ids and pinned table versions stay as they are.
 * What it does is planned and shown first. Each task is whole by itself: after an interruption the
 * next call does the rest.
 *
 * <p>Runs may go on while files are put together: that takes no file away, and appends neither
 * disturb it nor are disturbed. Files are removed only while no run of the work directory is in use
 * and under the lease of the run whose checkpoints go. A run that begins then reads the latest
 * versions, which stay, so the plan holds.
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
   * Plans, prints and, unless it is a dry run, does the work.
   *
   * @throws UserError if versions are to be unpinned and the run has no policy
   */
  public void run() {
    Optional<RunState> state = RunState.find(lake, run.runId());
    if (settings.unpinBeforeStep().isPresent() && state.isEmpty()) {
      throw new UserError(
          "--unpin-before-step: run \"%s\" has no steps; name the run that has with --run NAME."
              .formatted(run.runId()));
    }
    List<Task> tasks = tasks(state);
    Console console = run.console();
    if (tasks.isEmpty()) {
      console.result("maintain: nothing to do");
      return;
    }
    TextTable.format(Task.HEADER, tasks.stream().map(Task::cells).toList())
        .forEach(console::result);
    if (settings.dryRun()) {
      console.result("dry run: nothing was changed");
      return;
    }
    List<Task> wanted = tasks.stream().filter(Task::isToBeDone).toList();
    wanted.stream().filter(task -> !task.removes()).forEach(this::perform);
    remove(wanted.stream().filter(Task::removes).toList(), state);
  }

  private List<Task> tasks(Optional<RunState> state) {
    Map<String, Integer> unpinned =
        settings.unpinBeforeStep().isPresent()
            ? Map.of(run.runId(), settings.unpinBeforeStep().getAsInt())
            : Map.of();
    Map<String, Set<Long>> pinned = PinnedVersions.of(lake, unpinned);
    List<Task> tasks = new ArrayList<>();
    for (LakeTable<?> table : lake.tables()) {
      tasks.addAll(tasks(table, pinned.getOrDefault(table.name(), Set.of())));
    }
    state.ifPresent(known -> tasks.addAll(checkpoints(known)));
    return tasks;
  }

  private void perform(Task task) {
    run.console().result("%s %s: %s".formatted(task.action(), task.where(), task.work().run()));
  }

  private void remove(List<Task> removals, Optional<RunState> state) {
    if (removals.isEmpty()) {
      return;
    }
    Set<String> runs = new TreeSet<>(lake.leases().unreleased());
    state.ifPresent(known -> runs.add(run.runId()));
    List<RunLease> leases = new ArrayList<>();
    try {
      if (!take(runs, leases)) {
        return;
      }
      // Before the files go: what cannot be read must never look pinned.
      settings.unpinBeforeStep().ifPresent(step -> lake.trainSteps().unpin(run.runId(), step));
      removals.forEach(this::perform);
    } finally {
      leases.forEach(RunLease::close);
    }
  }

  /** False if a run is in use, which is told. */
  private boolean take(Set<String> runs, List<RunLease> leases) {
    try {
      runs.forEach(name -> leases.add(RunLease.acquire(run, name)));
      return true;
    } catch (UserError inUse) {
      run.console().result("nothing was removed: " + inUse.getMessage());
      return false;
    }
  }

  private List<Task> tasks(LakeTable<?> table, Set<Long> pinned) {
    List<Task> tasks = new ArrayList<>();
    FileSystem files = files(table.path());
    List<StoredFile> stored = Unreferenced.list(files, table.path());
    TableHistory history = TableHistory.read(files, table.path());
    Compaction compaction = Compaction.of(history.live());
    // Every command leaves two rows in leases, this one too: there would always be work.
    if (!compaction.isEmpty() && table != lake.leases()) {
      tasks.add(
          new Task(
              "compact",
              table.name(),
              "%d -> %d".formatted(compaction.files(), compaction.into()),
              compaction.bytes(),
              /* removes= */ false,
              "",
              () -> tables.compact(files, table.path())));
    }
    if (history.commitsSinceCheckpoint() >= COMMITS) {
      tasks.add(
          new Task(
              "checkpoint log",
              table.name(),
              history.commitsSinceCheckpoint() + " commits",
              0,
              /* removes= */ false,
              "",
              () -> "version " + table.writeLogCheckpoint()));
    }
    long horizon = clock.millis() - settings.olderThan().toMillis();
    List<StoredFile> gone = Unreferenced.of(stored, history, pinned, horizon);
    if (!gone.isEmpty()) {
      tasks.add(removeData(table, files, gone));
    }
    return tasks;
  }

  private Task removeData(LakeTable<?> table, FileSystem files, List<StoredFile> gone) {
    long bytes = gone.stream().mapToLong(StoredFile::size).sum();
    return new Task(
        "remove data",
        table.name(),
        "" + gone.size(),
        bytes,
        /* removes= */ true,
        settings.vacuum() ? "" : "stays without --vacuum",
        () -> {
          Unreferenced.delete(files, table.path(), gone);
          return "%d files, %s MB".formatted(gone.size(), Task.megabytes(bytes));
        });
  }

  private List<Task> checkpoints(RunState state) {
    CheckpointConfig stored = SpongeConfig.ofResolved(state.policy().resolvedConfig()).checkpoint();
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
              /* removes= */ true,
              "",
              () -> {
                retention.remove(removal);
                return Task.megabytes(bytes) + " MB";
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
}
