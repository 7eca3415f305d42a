package dev.sponge.rl.reward.math;

import java.util.List;

/**
 * Parses answers in LaTeX or plain text. What is not wholly understood is refused, never guessed.
 */
public final class AnswerParser {
  private AnswerParser() {}

  /**
   * Parses one answer.
   *
   * @param text LaTeX or plain text, without the box around it
   * @return the answer; refused as unparsed, or as limit if the text goes past a bound
   */
  public static ParseResult parse(String text, VerifyOptions options) {
    Limits limits = options.limits();
    if (text.length() > limits.length()) {
      return new ParseResult.Refused(
          Outcome.LIMIT, text.length() + " characters, at most " + limits.length());
    }
    try {
      Node node = node(TextCleaner.clean(text), limits);
      return new ParseResult.Parsed(new Answer(text, node, Canonical.text(node)));
    } catch (Refusal refusal) {
      return new ParseResult.Refused(refusal.outcome(), refusal.getMessage());
    }
  }

  private static Node node(String cleaned, Limits limits) {
    if (cleaned.isEmpty()) {
      throw Refusal.unparsed("empty");
    }
    Node special = Prose.special(cleaned);
    if (special != null) {
      return special;
    }
    List<Token> tokens = Lexer.tokens(cleaned);
    try {
      return new AnswerGrammar(new Cursor(tokens, limits)).answer();
    } catch (Refusal refusal) {
      Node prose = refusal.outcome() == Outcome.UNPARSED ? Prose.sentence(cleaned, tokens) : null;
      if (prose == null) {
        throw refusal;
      }
      return prose;
    }
  }
}
