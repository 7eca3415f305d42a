package dev.sponge.jobs.report;

import java.time.Duration;
import java.util.Locale;

/**
 * Progress with rate and remaining time: one line in place at a terminal, one line a minute
 * elsewhere. Thread-safe; closing removes the line in place.
 */
public final class Progress implements AutoCloseable {
  private final Console console;
  private final String label;
  private final long total;
  private final String unit;
  private final long intervalNanos;
  private final long startedAt;
  private long lastShownAt;
  private long done;

  Progress(Console console, String label, long total, String unit, Duration interval) {
    this.console = console;
    this.label = label;
    this.total = total;
    this.unit = unit;
    this.intervalNanos = interval.toNanos();
    this.startedAt = console.nanoTime();
    this.lastShownAt = startedAt;
  }

  /** Adds finished units. */
  public synchronized void advance(long units) {
    done += units;
    long now = console.nanoTime();
    if (now - lastShownAt >= intervalNanos) {
      lastShownAt = now;
      console.update(line((now - startedAt) / 1e9));
    }
  }

  /** The line after {@code seconds} of work. */
  private String line(double seconds) {
    double rate = done / Math.max(seconds, 1e-9);
    String remaining = done == 0 ? "--:--" : clock((long) Math.ceil((total - done) / rate));
    return String.format(
        Locale.ROOT,
        "%-11s %3d %%  %,d/%,d %s  %s/s  ETA %s",
        label,
        total == 0 ? 100 : Math.min(100, 100 * done / total),
        done,
        total,
        unit,
        rate >= 100
            ? String.format(Locale.ROOT, "%,.0f", rate)
            : String.format(Locale.ROOT, "%.1f", rate),
        remaining);
  }

  /** Minutes and seconds, with hours when there are any. */
  static String clock(long seconds) {
    long rest = Math.max(0, seconds);
    return rest >= 3600
        ? String.format(Locale.ROOT, "%d:%02d:%02d", rest / 3600, rest / 60 % 60, rest % 60)
        : String.format(Locale.ROOT, "%d:%02d", rest / 60, rest % 60);
  }

  @Override
  public void close() {
    console.clear();
  }
}
