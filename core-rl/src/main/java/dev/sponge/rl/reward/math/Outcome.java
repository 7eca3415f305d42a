package dev.sponge.rl.reward.math;

/** What came of comparing an answer with the gold answer. */
public enum Outcome {
  /** The answers are equal. */
  EQUAL,
  /** Both were understood, and they are not equal. */
  DIFFERENT,
  /** The response holds no answer where the rules look for one. */
  NO_ANSWER,
  /** One side is not understood; it is never guessed. */
  UNPARSED,
  /** One side is longer, deeper or larger than the bounds allow. */
  LIMIT
}
