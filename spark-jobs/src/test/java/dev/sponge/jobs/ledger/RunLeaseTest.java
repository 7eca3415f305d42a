package dev.sponge.jobs.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.config.LeaseConfig;
import dev.sponge.jobs.spark.TestSpark;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Lease;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLeaseTest {
  private static final String RUN = "main";
  private static final LeaseConfig CONFIG = new LeaseConfig(30, 120);

  @TempDir Path directory;
  private Lakehouse lake;
  private final List<String> told = new ArrayList<>();

  /** A wall clock in the test's hand; sleeping takes no time and moves the clock. */
  private static final class TestClock implements LeaseClock {
    final AtomicLong now = new AtomicLong(Instant.parse("2026-01-02T03:04:05Z").toEpochMilli());
    Runnable whileAsleep = () -> {};
    long slept;

    @Override
    public long wallMillis() {
      return now.get();
    }

    @Override
    public void sleep(long millis) {
      slept += millis;
      now.addAndGet(millis);
      whileAsleep.run();
    }
  }

  private final TestClock clock = new TestClock();

  @BeforeEach
  void open() {
    lake = Lakehouse.open(TestSpark.session(), directory);
  }

  private RunLease acquire() {
    return RunLease.acquire(lake, CONFIG, RUN, told::add, clock);
  }

  /** A lease of a process on another machine, of which nothing is known but its signs of life. */
  private Lease elsewhere(int number) {
    Lease lease =
        new Lease(
            RUN,
            number,
            Lease.ACQUIRED,
            "holder" + number,
            "far-away",
            "its boot",
            4711,
            "99",
            30,
            Instant.ofEpochMilli(clock.wallMillis()));
    assertThat(lake.leases().acquire(lease)).isTrue();
    return lease;
  }

  @Test
  void theSecondApplicationIsRefusedAndTheRunIsFreeAfterwards() {
    try (RunLease first = acquire()) {
      assertThatThrownBy(this::acquire)
          .isInstanceOf(UserError.class)
          .hasMessageContaining(
              "Run \"main\" is in use by process " + ProcessHandle.current().pid())
          .hasMessageContaining("since 2026-01-02T03:04:05Z")
          .hasMessageContaining("--run NAME");
      assertThatCode(first::requireHeld).doesNotThrowAnyException();
      try (RunLease other = RunLease.acquire(lake, CONFIG, "other", told::add, clock)) {
        assertThatCode(other::requireHeld).doesNotThrowAnyException();
      }
    }
    try (RunLease next = acquire()) {
      assertThatCode(next::requireHeld).doesNotThrowAnyException();
    }
    assertThat(lake.leases().last(RUN)).isEqualTo(2);
    assertThat(lake.leases().dataset().where("event = 'released'").count()).isEqualTo(3);
    assertThat(told).isEmpty();
  }

  @Test
  void ofTwoAtOnceOneIsRefused() throws Exception {
    int callers = 4;
    ExecutorService pool = Executors.newFixedThreadPool(callers);
    List<RunLease> held = new ArrayList<>();
    try {
      List<Future<RunLease>> results = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        Callable<RunLease> call =
            () -> RunLease.acquire(lake, CONFIG, RUN, line -> {}, LeaseClock.SYSTEM);
        results.add(pool.submit(call));
      }
      for (Future<RunLease> result : results) {
        try {
          held.add(result.get());
        } catch (ExecutionException e) {
          assertThat(e).hasCauseInstanceOf(UserError.class);
        }
      }
      assertThat(held).hasSize(1);
      assertThat(lake.leases().last(RUN)).isEqualTo(1);
    } finally {
      held.forEach(RunLease::close);
      pool.shutdownNow();
    }
  }

  @Test
  void aLeaseOfADeadProcessOfThisMachineIsTakenAtOnce() throws Exception {
    Process process = new ProcessBuilder("sleep", "60").start();
    Holder here = Holder.current();
    Holder there = new Holder(here.host(), here.boot(), process.pid(), startedNow(process.pid()));
    lake.leases().acquire(there.lease(RUN, 1, 30, Instant.ofEpochMilli(clock.wallMillis())));
    assertThat(there.isGone()).isFalse();
    assertThatThrownBy(this::acquire).isInstanceOf(UserError.class);

    process.destroyForcibly().waitFor();

    try (RunLease lease = acquire()) {
      assertThatCode(lease::requireHeld).doesNotThrowAnyException();
    }
    assertThat(told).singleElement().asString().contains("is gone");
    assertThat(clock.slept).isZero();
    assertThat(new Holder(here.host(), here.boot(), here.pid(), "another start").isGone())
        .as("another process with the same id")
        .isTrue();
    assertThat(new Holder(here.host(), "another boot", here.pid(), "another start").isGone())
        .as("nothing is known of another boot")
        .isFalse();
  }

  private static String startedNow(long pid) throws Exception {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19];
  }

  @Test
  void aSilentHolderElsewhereIsTakenOverAndCommitsNothingAfterwards() {
    Lease paused = elsewhere(1);
    clock.now.addAndGet(60_000);
    lake.leases().beat(paused, clock.wallMillis());
    clock.now.addAndGet(119_000);
    assertThatThrownBy(this::acquire)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("process 4711 on far-away")
        .hasMessageContaining("120 s");
    clock.now.addAndGet(2_000);
    try (RunLease lease = acquire()) {
      assertThat(clock.slept).as("watched for two heartbeats").isEqualTo(60_000);
      assertThat(told).singleElement().asString().contains("watching for 60 s");
      assertThat(lake.leases().last(RUN)).isEqualTo(2);
      elsewhere(3); // this process is paused, and somebody takes its lease
      assertThatThrownBy(lease::requireHeld)
          .isInstanceOf(SpongeException.class)
          .hasMessageContaining("no longer holds run \"main\"")
          .hasMessageContaining("lease 3");
    }
    assertThat(lake.leases().find(RUN).orElseThrow().released())
        .as("who lost a lease does not release the next one")
        .isFalse();
  }

  @Test
  void aClockThatGoesBackwardsTakesNoLeaseFromALivingHolder() {
    Lease living = elsewhere(1);
    lake.leases().beat(living, clock.wallMillis() + 1);
    AtomicLong beats = new AtomicLong(clock.wallMillis() + 2);
    clock.whileAsleep = () -> lake.leases().beat(living, beats.getAndAdd(30_000));
    clock.now.addAndGet(-3_600_000); // the waiter's clock goes back an hour
    assertThatThrownBy(this::acquire).isInstanceOf(UserError.class);
    assertThat(clock.slept).as("it looked").isPositive();
    clock.now.addAndGet(7_200_000); // or ahead
    assertThatThrownBy(this::acquire).isInstanceOf(UserError.class);
    clock.whileAsleep = () -> {};
    acquire().close();
    assertThat(lake.leases().last(RUN)).isEqualTo(2);
  }

  @Test
  void aLostLeaseStopsTheCommitPoint() {
    RunLease lease = acquire();
    lake.trainSteps().beforeCommit(lease::requireHeld);
    lease.close();
    assertThatThrownBy(lease::requireHeld).isInstanceOf(SpongeException.class);
    assertThatThrownBy(() -> lake.trainSteps().append(Rows.step(RUN, 0)))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("no longer holds");
    assertThat(lake.trainSteps().read(RUN)).isEmpty();
  }
}
