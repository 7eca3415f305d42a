package dev.sponge.rl.reward.math;

import java.util.Objects;

/**
 * What came of comparing two parsed answers.
 *
 * @param outcome equal, different, or past a bound
 * @param method what decided; none past a bound
 */
public record Comparison(Outcome outcome, Method method) {
  public Comparison {
    Objects.requireNonNull(outcome, "outcome");
    Objects.requireNonNull(method, "method");
  }

  /** Whether the answers are equal. */
  public boolean equal() {
    return outcome == Outcome.EQUAL;
  }

  static Comparison of(boolean equal, Method method) {
    return new Comparison(equal ? Outcome.EQUAL : Outcome.DIFFERENT, method);
  }
}
