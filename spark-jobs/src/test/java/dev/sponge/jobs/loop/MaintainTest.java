package dev.sponge.jobs.loop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.config.MaintenanceSettings;
import dev.sponge.jobs.config.MaintenanceSettings.KeptCheckpoints;
import dev.sponge.jobs.ledger.Fsck;
import dev.sponge.jobs.ledger.Fsck.Scope;
import dev.sponge.jobs.ledger.RunLease;
import dev.sponge.jobs.maintenance.MaintainJob;
import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.LakeTable;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.table.TrainStep;
import dev.sponge.rl.SpongeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Maintenance of a finished run: a copy of the reference, which each test changes. */
class MaintainTest {
  private static final Duration WEEK = Duration.ofDays(7);
  private static final int MORE_VERSIONS = 12;

  @TempDir Path directory;
  private Path work;
  private Lakehouse lake;
  private Map<String, List<String>> before;

  private void copyTheReference() throws IOException {
    work = directory.resolve("work");
    lake = LakeCopy.in(work).lake();
    before = Contents.of(lake, TinyRun.RUN);
  }

  private static MaintenanceSettings settings(boolean dryRun, boolean vacuum) {
    return settings(dryRun, vacuum, OptionalInt.empty());
  }

  private static MaintenanceSettings settings(boolean dryRun, boolean vacuum, OptionalInt unpin) {
    return new MaintenanceSettings(dryRun, vacuum, WEEK, unpin, KeptCheckpoints.OF_THE_RUN);
  }

  private String maintain(MaintenanceSettings settings) {
    return maintain(settings, Clock.systemUTC());
  }

  /** Eight days later: nobody reads an old version any more, unless it is pinned. */
  private static Clock later() {
    return Clock.offset(Clock.systemUTC(), Duration.ofDays(8));
  }

  private String maintain(MaintenanceSettings settings, Clock clock) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Console console = Console.on(new PrintStream(out, true, UTF_8), /* quiet= */ false);
    new MaintainJob(context(Map.of(), console), settings, clock).run();
    return out.toString(UTF_8);
  }

  private RunContext context(Map<String, String> keys, Console console) {
    return new RunContext(work, lake, TinyRun.config(keys), console);
  }

  private int rolloutFiles() {
    return lake.rollouts().dataset().inputFiles().length;
  }

  /** The rollouts as each committed step has read them. */
  private Map<Integer, List<String>> pinnedRollouts() {
    Map<Integer, List<String>> pinned = new TreeMap<>();
    for (TrainStep step : lake.trainSteps().read(TinyRun.RUN)) {
      long version = step.rolloutsTableVersion();
      List<String> rows =
          Contents.rows(lake.rollouts().read(TinyRun.RUN, 0, 9, OptionalLong.of(version)));
      pinned.put(step.step(), rows);
    }
    return pinned;
  }

  private void assertNothingIsLost() {
    Contents.assertEqual(Contents.of(lake, TinyRun.RUN), before);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(work)) {
      return files.map(work::relativize).map(Path::toString).sorted().toList();
    }
  }

  private List<Rollout> version(int version) {
    return lake.rollouts().read(TinyRun.RUN, 0, 0).stream().map(r -> copy(r, version)).toList();
  }

  private static Rollout copy(Rollout r, int version) {
    return Copies.of(r, "v" + version + r.rolloutId(), r.runId(), version);
  }

  @Test
  void rowsTransactionsAndPinnedVersionsStay() throws IOException {
    copyTheReference();
    final int filesBefore = rolloutFiles();
    final Map<Integer, List<String>> pinned = pinnedRollouts();
    String output = maintain(settings(false, false));

    assertThat(output).containsPattern("compact rollouts: \\d+ files -> " + TinyRun.STEPS);
    assertThat(rolloutFiles()).isEqualTo(TinyRun.STEPS).isLessThan(filesBefore);
    assertNothingIsLost();
    assertThat(pinnedRollouts()).isEqualTo(pinned);
    List<Rollout> first = lake.rollouts().read(TinyRun.RUN, 0, 0);
    assertThat(lake.rollouts().append(TinyRun.RUN, 0, first).written()).isFalse();
    assertThatThrownBy(() -> lake.rollouts().append(TinyRun.RUN, 0, version(77)))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("already holds transaction");
    vacuumRemovesWhatNoPinnedVersionHolds(pinned);
  }

  private void vacuumRemovesWhatNoPinnedVersionHolds(Map<Integer, List<String>> pinned)
      throws IOException {
    Path partition = work.resolve("tables/rollouts/run_id=main/policy_version=0");
    Path data;
    try (Stream<Path> files = Files.list(partition)) {
      data = files.filter(f -> f.toString().endsWith(".parquet")).findFirst().orElseThrow();
    }
    Path orphan = Files.copy(data, partition.resolve("orphan.parquet"));
    Path young = Files.copy(data, partition.resolve("young.parquet"));
    Files.setLastModifiedTime(young, FileTime.from(later().instant()));

    List<String> untouched = files();
    assertThat(maintain(settings(true, false), later()))
        .contains("stays without --vacuum")
        .contains("nothing was changed");
    assertThat(files()).as("a dry run").isEqualTo(untouched);
    assertThat(maintain(settings(false, true), later())).contains("remove data rollouts: 1 files");
    assertThat(orphan).doesNotExist();
    assertThat(young).exists();
    assertThat(pinnedRollouts()).isEqualTo(pinned);
    assertNothingIsLost();

    int last = TinyRun.STEPS;
    assertThat(maintain(settings(false, true, OptionalInt.of(last - 1)), later()))
        .as("the last step pins all of them")
        .isEqualTo("maintain: nothing to do\n");
    assertThat(maintain(settings(false, true, OptionalInt.of(last)), later()))
        .containsPattern("remove data rollouts: \\d+ files");
    assertNothingIsLost();
    assertThatThrownBy(this::pinnedRollouts).hasMessageContaining("Cannot read");
    assertThat(lake.trainSteps().unpinnedBefore(TinyRun.RUN)).isEqualTo(last);
    Fsck fsck = new Fsck(lake, directory.resolve("scratch"), new Scope(Optional.empty(), false));
    assertThat(fsck.check().damages()).as("what was let go of is not lost").isEmpty();
  }

  @Test
  void runsGoOnMeanwhile() throws Exception {
    copyTheReference();
    CompletableFuture<Void> appends =
        CompletableFuture.runAsync(
            () -> {
              List<Rollout> first = lake.rollouts().read(TinyRun.RUN, 0, 0);
              for (int v = 10; v < 10 + MORE_VERSIONS; v++) {
                int at = v;
                List<Rollout> more = first.stream().map(r -> copy(r, at)).toList();
                var rows = TinyRun.reference().spark().parallelize(more, 2);
                assertThat(lake.rollouts().append(TinyRun.RUN, v, rows).written()).isTrue();
              }
            });
    do {
      maintain(settings(false, true));
    } while (!appends.isDone());
    appends.join();
    maintain(settings(false, true));

    assertNothingIsLost();
    int group = lake.rollouts().read(TinyRun.RUN, 0, 0).size();
    List<Rollout> more = lake.rollouts().read(TinyRun.RUN, 10, 10 + MORE_VERSIONS);
    assertThat(more).hasSize(MORE_VERSIONS * group);
    assertThat(more.stream().map(Rollout::rolloutId).distinct()).hasSize(MORE_VERSIONS * group);
    assertThat(rolloutFiles()).isEqualTo(TinyRun.STEPS + MORE_VERSIONS);
    assertThat(work.resolve("tables/rollouts/_delta_log/_last_checkpoint")).exists();
    assertThat(lake.rollouts().append(TinyRun.RUN, 10, version(10)).written())
        .as("transactions are in the checkpoint of the log")
        .isFalse();
    assertThat(maintain(settings(false, true))).isEqualTo("maintain: nothing to do\n");
  }

  @Test
  void checkpointsGoByTheRunsPolicyAndByFlagsWhileNoRunIsInUse() throws IOException {
    copyTheReference();
    Path checkpoints = work.resolve("checkpoints").resolve(TinyRun.RUN);
    for (String name : List.of("v000003-dead", "v000009-running")) {
      Files.createDirectories(checkpoints.resolve(name).resolve("trainer"));
      Files.writeString(checkpoints.resolve(name).resolve("config.json"), "{}");
    }
    final List<String> all = names(checkpoints);

    Console quiet = Console.on(System.out, /* quiet= */ true);
    try (RunLease held = RunLease.acquire(context(Map.of("run.name", "other"), quiet), "other")) {
      held.requireHeld();
      assertThat(maintain(settings(false, false)))
          .containsPattern("compact rollouts: \\d+ files")
          .contains("nothing was removed: Run \"other\" is in use by process");
      assertThat(names(checkpoints)).isEqualTo(all);
    }
    assertThat(maintain(settings(false, false))).contains("remove checkpoint main/v000003-dead");
    assertThat(lake.leases().unreleased()).isEmpty();

    List<String> left = names(checkpoints);
    assertThat(left).hasSize(all.size() - 1).contains("v000009-running");
    assertThat(left.stream().filter(name -> name.matches("v00000[34]-.*"))).hasSize(2);
    KeptCheckpoints none = new KeptCheckpoints(Optional.of(2), Optional.of(0), Optional.of(0));
    maintain(new MaintenanceSettings(false, false, WEEK, OptionalInt.empty(), none));
    assertThat(names(checkpoints))
        .containsAll(left.stream().filter(name -> name.matches("v00000[349]-.*")).toList())
        .hasSize(3);
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void everyPinNamesATable() {
    Lakehouse reference = TinyRun.reference().lakehouse();
    List<String> tables = reference.tables().stream().map(LakeTable::name).toList();
    List<String> pins =
        Arrays.stream(reference.trainSteps().dataset().columns())
            .filter(column -> column.endsWith("_table_version"))
            .map(column -> column.replace("_table_version", ""))
            .toList();
    assertThat(pins).contains("rollouts", "rewards", "prompts", "anchor_logprobs");
    assertThat(tables).containsAll(pins);
  }
}
