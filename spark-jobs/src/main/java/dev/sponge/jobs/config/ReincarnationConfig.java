package dev.sponge.jobs.config;

import java.util.OptionalInt;

/**
 * Section {@code reincarnation}: the switch from phase 1 to phase 2; {@code step} is T, 0 stands
 * for never, and a {@code learningRate} of 0 for that of phase 1.
 */
public record ReincarnationConfig(
    int step,
    boolean resetOptimizer,
    boolean resetPrecedent,
    int passesAfter,
    double learningRate) {

  public ReincarnationConfig {
    Check.range("reincarnation.step", step, 0, 1_000_000);
    Check.range("reincarnation.passes_after", passesAfter, 1, 1000);
    Check.range("reincarnation.learning_rate", learningRate, 0, 1);
  }

  /** T, or nothing if the run never reincarnates. */
  public OptionalInt at() {
    return step == 0 ? OptionalInt.empty() : OptionalInt.of(step);
  }

  ReincarnationConfig withStep(int newStep) {
    return new ReincarnationConfig(
        newStep, resetOptimizer, resetPrecedent, passesAfter, learningRate);
  }
}
