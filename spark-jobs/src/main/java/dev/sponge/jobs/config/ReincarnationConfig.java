package dev.sponge.jobs.config;

import java.util.OptionalInt;

/**
 * Section {@code reincarnation}: the switch from phase 1 to phase 2; {@code step} is T, 0 stands
 * for never.
 */
public record ReincarnationConfig(
    int step, boolean resetOptimizer, boolean resetPrecedent, int passesAfter) {

  public ReincarnationConfig {
    Check.range("reincarnation.step", step, 0, 1_000_000);
    Check.range("reincarnation.passes_after", passesAfter, 1, 1000);
  }

  /** T, or nothing if the run never reincarnates. */
  public OptionalInt at() {
    return step == 0 ? OptionalInt.empty() : OptionalInt.of(step);
  }

  ReincarnationConfig withStep(int newStep) {
    return new ReincarnationConfig(newStep, resetOptimizer, resetPrecedent, passesAfter);
  }
}
