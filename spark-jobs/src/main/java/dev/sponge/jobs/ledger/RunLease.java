package dev.sponge.jobs.ledger;

import dev.sponge.jobs.config.LeaseConfig;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Lease;
import dev.sponge.jobs.table.LeasesTable;
import dev.sponge.jobs.table.LeasesTable.State;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.hadoop.util.ShutdownHookManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right of one application to work on a run. It saves two applications from doing the same work
 * twice; that a step counts once rests on the transactions of the tables, lease or not.
 *
 * <p>A lease whose holder is gone from this machine is taken over at once, any other when its
 * holder has been silent. Clocks decide only when to begin to look: a lease is taken over when no
 * sign of life came while this process watched, so a clock that is wrong or goes backwards costs
 * time and no lease.
 */
public final class RunLease implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunLease.class);

  /** Before Spark (40) and the file systems (10) end. */
  private static final int SHUTDOWN_PRIORITY = 60;

  private static final int SHUTDOWN_SECONDS = 10;
  private static final int LOOKS = 20;

  private final LeasesTable table;
  private final Lease lease;
  private final LeaseClock clock;
  private final ScheduledExecutorService heart;
  private final Runnable shutdown = this::release;
  private final AtomicBoolean ended = new AtomicBoolean();
  private long lastBeat;

  private RunLease(LeasesTable table, Lease lease, LeaseClock clock) {
    this.table = table;
    this.lease = lease;
    this.clock = clock;
    lastBeat = lease.createdAt().toEpochMilli();
    heart =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "sponge-lease");
              thread.setDaemon(true);
              return thread;
            });
    int seconds = lease.heartbeatSeconds();
    var unused = heart.scheduleWithFixedDelay(this::beat, seconds, seconds, TimeUnit.SECONDS);
    ShutdownHookManager.get()
        .addShutdownHook(shutdown, SHUTDOWN_PRIORITY, SHUTDOWN_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Does work while no other application may do work on the run. No step of it is committed when
   * the lease is lost.
   *
   * @throws UserError if another application holds the lease
   */
  public static <T> T holding(RunContext run, Supplier<T> work) {
    Lakehouse lake = run.lakehouse();
    try (RunLease lease =
        acquire(lake, run.config().lease(), run.runId(), run.console()::line, LeaseClock.SYSTEM)) {
      lake.trainSteps().beforeCommit(lease::requireHeld);
      return work.get();
    } finally {
      lake.trainSteps().beforeCommit(() -> {});
    }
  }

  /**
   * Takes the lease of a run of the context's work directory.
   *
   * @throws UserError if another application holds it
   */
  public static RunLease acquire(RunContext context, String runId) {
    return acquire(
        context.lakehouse(),
        context.config().lease(),
        runId,
        context.console()::line,
        LeaseClock.SYSTEM);
  }

  /**
   * Takes the lease of a run.
   *
   * @param tell is told what takes time or is unusual
   * @throws UserError if another application holds it
   */
  static RunLease acquire(
      Lakehouse lake, LeaseConfig config, String runId, Consumer<String> tell, LeaseClock clock) {
    LeasesTable table = lake.leases();
    Optional<State> last = table.find(runId);
    if (last.isPresent() && !last.get().released()) {
      new Watch(table, clock, config, tell).requireAbandoned(last.get());
    }
    Lease lease =
        Holder.current()
            .lease(
                runId,
                last.map(state -> state.acquired().lease()).orElse(0) + 1,
                config.heartbeatSeconds(),
                Instant.ofEpochMilli(clock.wallMillis()));
    if (!table.acquire(lease)) {
      throw refused(table.find(runId).orElseThrow().acquired(), config);
    }
    return new RunLease(table, lease, clock);
  }

  private record Watch(
      LeasesTable table, LeaseClock clock, LeaseConfig config, Consumer<String> tell) {
    void requireAbandoned(State held) {
      Lease lease = held.acquired();
      if (Holder.of(lease).isGone()) {
        tell.accept("lease: process %d, which held this run, is gone".formatted(lease.pid()));
        return;
      }
      long silent = clock.wallMillis() - held.lastSign();
      if (silent >= 0 && silent < config.staleSeconds() * 1_000L) {
        throw refused(lease, config);
      }
      // The clocks may disagree: what counts is that nothing comes while this process watches.
      long watch = 2_000L * lease.heartbeatSeconds();
      tell.accept(
          "lease: process %d on %s seems to have left this run; watching for %d s"
              .formatted(lease.pid(), lease.host(), watch / 1_000));
      for (int look = 0; look < LOOKS; look++) {
        sleep(watch / LOOKS);
        State now = table.find(lease.runId()).orElseThrow();
        if (now.acquired().lease() != lease.lease() || now.lastSign() != held.lastSign()) {
          if (!now.released()) {
            throw refused(now.acquired(), config);
          }
          return;
        }
      }
    }

    private void sleep(long millis) {
      try {
        clock.sleep(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new SpongeException("interrupted while waiting for a lease", e);
      }
    }
  }

  private static UserError refused(Lease held, LeaseConfig config) {
    return new UserError(
        "Run \"%s\" is in use by process %d on %s since %s. Wait for it or stop it, or give another --run NAME; if it is gone, the run is free %d s after its last sign of life (lease.stale_seconds)."
            .formatted(
                held.runId(), held.pid(), held.host(), held.createdAt(), config.staleSeconds()));
  }

  private void beat() {
    try {
      if (!ended.get() && table.last(lease.runId()) == lease.lease()) {
        lastBeat = Math.max(lastBeat + 1, clock.wallMillis());
        table.beat(lease, lastBeat);
      }
    } catch (RuntimeException e) {
      // A sign that is missing costs nothing unless many are; the next one may get through.
      LOG.warn("No sign of life for lease {} of run {}", lease.lease(), lease.runId(), e);
    }
  }

  /**
   * Checks that this application still holds the lease.
   *
   * @throws SpongeException if it was taken over or given back
   */
  public void requireHeld() {
    int last = table.last(lease.runId());
    if (ended.get() || last != lease.lease()) {
      throw new SpongeException(
          "This process no longer holds run \"%s\": lease %d, taken at %s, was followed by lease %d. It was silent for too long (lease.stale_seconds) and commits nothing; run the command again when the other application has ended."
              .formatted(lease.runId(), lease.lease(), lease.createdAt(), last));
    }
  }

  /** Gives the lease back. A failure only makes the next application wait. */
  @Override
  public void close() {
    if (!ShutdownHookManager.get().isShutdownInProgress()) {
      ShutdownHookManager.get().removeShutdownHook(shutdown);
    }
    release();
    heart.shutdownNow();
  }

  private void release() {
    if (ended.compareAndSet(false, true)) {
      try {
        if (table.last(lease.runId()) == lease.lease()) {
          table.release(lease.released(Instant.ofEpochMilli(clock.wallMillis())));
        }
      } catch (RuntimeException e) {
        LOG.warn("Lease {} of run {} was not released", lease.lease(), lease.runId(), e);
      }
    }
  }
}
