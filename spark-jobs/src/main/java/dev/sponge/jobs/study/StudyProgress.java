package dev.sponge.jobs.study;

import dev.sponge.jobs.report.Console;

/** A line for every finished run, with what is left. */
final class StudyProgress {
  private static final double NANOS_PER_MINUTE = 60e9;
  private final int runs;
  private final Console console;
  private final long start = System.nanoTime();
  private int done;

  StudyProgress(int runs, Console console) {
    this.runs = runs;
    this.console = console;
  }

  synchronized void finished(String name, Curve curve) {
    done++;
    double minutes = (System.nanoTime() - start) / NANOS_PER_MINUTE;
    Curve.Point last = curve.last();
    String ended =
        curve.failed()
            ? "failed after " + last.step() + " steps: " + curve.failure()
            : "pass@1 %.3f sampled, %,d rollouts, %.0f s"
                .formatted(last.sampled(), last.rollouts(), last.seconds());
    console.line(
        "%3d/%d  %s  %s; about %.0f min left"
            .formatted(done, runs, name, ended, minutes / done * (runs - done)));
  }
}
