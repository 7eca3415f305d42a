package dev.sponge.rl.reward.math;

/** Parses answers in LaTeX or plain text. What is not wholly understood is refused. */
public final class AnswerParser {
  private AnswerParser() {}

  /**
   * Parses one answer.
   *
   * @param text LaTeX or plain text, without the box around it
   */
  public static ParseResult parse(String text, VerifyOptions options) {
    if (text.length() > options.limits().length()) {
      return new ParseResult.Refused(Outcome.LIMIT, text.length() + " characters");
    }
    String words = text.strip();
    return words.isEmpty()
        ? new ParseResult.Refused(Outcome.UNPARSED, "empty")
        : new ParseResult.Parsed(new Answer(text, new Node.Text(words), words));
  }
}
