package dev.sponge.jobs.run;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Adds up wall-clock seconds by part of a stage, and the stage's own from its creation on. */
public final class Times {
  private static final double NANOS = 1e9;
  private final long created = System.nanoTime();
  private final Map<String, Double> seconds = new TreeMap<>();
  private double excluded;

  /** Seconds since creation, without what was excluded. */
  public double elapsed() {
    return (System.nanoTime() - created) / NANOS - excluded;
  }

  /** Takes seconds that belong to another stage out of {@link #elapsed}. */
  public void exclude(double value) {
    excluded += value;
  }

  /** Runs the work and adds its time to the part. */
  public <T> T measure(String part, Supplier<T> work) {
    long start = System.nanoTime();
    try {
      return work.get();
    } finally {
      add(part, (System.nanoTime() - start) / NANOS);
    }
  }

  public void measure(String part, Runnable work) {
    measure(
        part,
        () -> {
          work.run();
          return null;
        });
  }

  public void add(String part, double value) {
    seconds.merge(part, value, Double::sum);
  }

  public void addAll(Map<String, Double> other) {
    other.forEach(this::add);
  }

  /** Seconds of a part; 0 if it was never measured. */
  public double get(String part) {
    return seconds.getOrDefault(part, 0.0);
  }

  /** Seconds by part. */
  public Map<String, Double> asMap() {
    return new TreeMap<>(seconds);
  }
}
