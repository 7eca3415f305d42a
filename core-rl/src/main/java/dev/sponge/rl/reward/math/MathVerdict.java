package dev.sponge.rl.reward.math;

import java.util.Objects;

/**
 * What the math verifier says about one pair.
 *
 * @param outcome whether the answers are equal, or why that is not known
 * @param method what decided
 * @param gold the gold answer as it was understood; as given if it was not
 * @param answer the answer as it was understood; as extracted if it was not, empty if there is none
 */
public record MathVerdict(Outcome outcome, Method method, String gold, String answer) {
  public MathVerdict {
    Objects.requireNonNull(outcome, "outcome");
    Objects.requireNonNull(method, "method");
    Objects.requireNonNull(gold, "gold");
    Objects.requireNonNull(answer, "answer");
  }

  /** Whether the answer is right. */
  public boolean equal() {
    return outcome == Outcome.EQUAL;
  }
}
