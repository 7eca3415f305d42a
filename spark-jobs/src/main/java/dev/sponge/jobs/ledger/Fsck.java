package dev.sponge.jobs.ledger;

import dev.sponge.jobs.config.LeaseConfig;
import dev.sponge.jobs.ledger.TableLogs.TableFiles;
import dev.sponge.jobs.run.CheckpointStore;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;

/**
 * Proves by anti-joins over the tables that nothing is lost, doubled or changed. Reads identities
 * and never tokens, so that memory does not grow with the length of responses.
 */
public final class Fsck {
  /** The check for checkpoints that something needs. */
  public static final String CHECKPOINTS = CheckpointChecks.STAND;

  private final Lakehouse lake;
  private final Path scratch;
  private final Scope scope;

  /**
   * What to check.
   *
   * @param run name of a run; empty for all
   * @param hashes whether checkpoints are read and compared with their hashes
   */
  public record Scope(Optional<String> run, boolean hashes) {}

  /**
   * @param scratch local directory for copies of remote checkpoints
   */
  public Fsck(Lakehouse lake, Path scratch, Scope scope) {
    this.lake = lake;
    this.scratch = scratch;
    this.scope = scope;
  }

  /**
   * Looks at everything and changes nothing.
   *
   * @throws UserError if the run is in no table
   */
  public FsckReport check() {
    try (LedgerViews views = LedgerViews.open(lake, scope.run())) {
      scope.run().ifPresent(run -> requireRun(views, run));
      List<CheckResult> results = new ArrayList<>();
      List<TableFiles> logs = TableLogs.read(lake.spark(), lake.tables());
      results.add(LogChecks.logs(logs));
      results.add(LogChecks.files(logs));
      results.add(LogChecks.transactions(logs));
      results.addAll(guarded(LogChecks.PINS, () -> List.of(LogChecks.pins(logs, views.session()))));
      for (RowCheck check : RowChecks.all()) {
        results.addAll(guarded(check.name(), () -> List.of(check.run(views))));
      }
      results.addAll(guarded(CheckpointChecks.STAND, () -> checkpoints(views)));
      return new FsckReport(results, List.of());
    }
  }

  /**
   * Mends what can be mended, and looks again. Takes the leases of all runs first.
   *
   * @throws UserError if an application works on a run
   */
  public FsckReport repair(LeaseConfig config) {
    List<RunLease> leases = new ArrayList<>();
    try (LedgerViews all = LedgerViews.open(lake, Optional.empty())) {
      for (Row row : all.runs()) {
        leases.add(RunLease.acquire(lake, config, row.getString(0), line -> {}, LeaseClock.SYSTEM));
      }
      FsckReport found = check();
      List<String> made = mend(found);
      return made.isEmpty() ? found : check().after(made);
    } finally {
      leases.forEach(RunLease::close);
    }
  }

  private List<String> mend(FsckReport found) {
    CheckpointStore store =
        new CheckpointStore(lake.spark().sparkContext().hadoopConfiguration(), scratch);
    try (LedgerViews views = LedgerViews.open(lake, scope.run())) {
      return new Repairs(lake, views, store).make(found);
    }
  }

  /** Copies are made anew: one that was right once proves nothing. */
  private List<CheckResult> checkpoints(LedgerViews views) {
    Path copies = null;
    try {
      copies = Files.createTempDirectory(Files.createDirectories(scratch), "fsck");
      CheckpointStore store =
          new CheckpointStore(lake.spark().sparkContext().hadoopConfiguration(), copies);
      return new CheckpointChecks(lake, store, views).run(scope.hashes());
    } catch (IOException e) {
      throw new SpongeException("Cannot write below " + scratch + ": " + e.getMessage(), e);
    } finally {
      delete(copies);
    }
  }

  private static void delete(Path directory) {
    if (directory == null) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A table that cannot be read is a finding of every check that needs it, and ends none. */
  private static List<CheckResult> guarded(String name, Supplier<List<CheckResult>> check) {
    try {
      return check.get();
    } catch (UserError e) {
      throw e;
    } catch (Exception e) { // Spark throws its checked exception undeclared.
      Throwable root = e;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      String reason = root.getMessage() == null ? root.toString() : root.getMessage();
      String first = reason.strip().lines().findFirst().orElse(root.toString());
      return List.of(
          CheckResult.of(
              name, 0, List.of(new Damage(name, "", "cannot be checked: " + first, false))));
    }
  }

  private static void requireRun(LedgerViews views, String run) {
    boolean known =
        Stream.of("policies", "rollouts", "train_steps")
            .anyMatch(table -> !views.session().table(table).isEmpty());
    if (!known) {
      throw new UserError("--run %s: no table holds a row of this run.".formatted(run));
    }
  }
}
