package dev.sponge.rl.reward.math;

/** An answer, or why the text is none. */
public sealed interface ParseResult {
  /**
   * The text is understood.
   *
   * @param answer its meaning
   */
  record Parsed(Answer answer) implements ParseResult {}

  /**
   * The text is not understood and never guessed.
   *
   * @param outcome unparsed, or limit if it is longer, deeper or larger than the bounds allow
   * @param reason what is wrong, for people
   */
  record Refused(Outcome outcome, String reason) implements ParseResult {}
}
