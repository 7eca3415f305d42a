package dev.sponge.jobs.evaluation;

import dev.sponge.jobs.report.Progress;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.util.LongAccumulator;

/** Moves a progress display on by what finished tasks have added to an accumulator. */
final class TaskProgress {
  private static final int MILLIS = 500;

  private final Progress progress;
  private final LongAccumulator done;
  private long shown;

  private TaskProgress(Progress progress, LongAccumulator done) {
    this.progress = progress;
    this.done = done;
  }

  /** Runs a Spark job with a display, which ends with it. */
  static void during(Progress progress, LongAccumulator done, Runnable job) {
    TaskProgress display = new TaskProgress(progress, done);
    ScheduledExecutorService clock =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "sponge-progress");
              thread.setDaemon(true);
              return thread;
            });
    var unused = clock.scheduleWithFixedDelay(display::show, MILLIS, MILLIS, TimeUnit.MILLISECONDS);
    try {
      job.run();
    } finally {
      clock.shutdownNow();
      progress.close();
    }
  }

  private void show() {
    long now = done.value();
    progress.advance(now - shown);
    shown = now;
  }
}
