package dev.sponge.jobs.report;

import java.util.Locale;

/** A number with its 95 % interval. */
public record Estimate(double value, Interval interval) {
  /** As {@code 0.312 [0.250, 0.381]}. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%.3f [%.3f, %.3f]", value, interval.low(), interval.high());
  }
}
