package dev.sponge.rl.reward.math;

/**
 * Ends a parse or a comparison that goes no further; without a stack trace, since it is thrown for
 * ordinary input.
 */
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Outcome outcome;

  private Refusal(Outcome outcome, String reason) {
    super(reason, null, false, false);
    this.outcome = outcome;
  }

  /** The text is not understood. */
  static Refusal unparsed(String reason) {
    return new Refusal(Outcome.UNPARSED, reason);
  }

  /** A bound is passed. */
  static Refusal limit(String reason) {
    return new Refusal(Outcome.LIMIT, reason);
  }

  Outcome outcome() {
    return outcome;
  }
}
