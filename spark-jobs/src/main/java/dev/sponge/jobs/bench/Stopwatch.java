package dev.sponge.jobs.bench;

/** Wall-clock time since its start. */
final class Stopwatch {
  private final long start = System.nanoTime();

  private Stopwatch() {}

  static Stopwatch started() {
    return new Stopwatch();
  }

  double seconds() {
    return (System.nanoTime() - start) / 1e9;
  }
}
