package dev.sponge.jobs.evaluation;

import dev.sponge.rl.reward.Verifier;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The answer that a response votes for. */
interface AnswerFinder {
  /** The answer, spelled alike where that is cheap; empty without one. */
  Optional<String> find(String response, boolean truncated);

  /** Whether two answers are the same one. */
  boolean same(String one, String other);

  /** What goes with a verifier. */
  static AnswerFinder of(Verifier verifier) {
    return new BoxOrNumber();
  }

  /**
   * The content of the last {@code \boxed{...}} or, without one, the last number of a response that
   * is not truncated. Answers are compared as text, white space, dollar signs and thousands
   * separators aside.
   */
  final class BoxOrNumber implements AnswerFinder {
    private static final String OPEN = "\\boxed{";
    // Possessive: linear in the response. A minus behind a digit or letter is an operator.
    private static final Pattern NUMBER =
        Pattern.compile("(?:(?<![\\p{Alnum})])-)?\\d++(?:,\\d{3}(?!\\d))*+(?:\\.\\d++)?+");
    private static final Pattern THOUSANDS = Pattern.compile("(?<=\\d),(?=\\d{3}(?!\\d))");
    private static final Pattern FILLING = Pattern.compile("[\\s$]+|\\.$");

    @Override
    public Optional<String> find(String response, boolean truncated) {
      int open = response.lastIndexOf(OPEN);
      Optional<String> found = open < 0 ? Optional.empty() : balanced(response, open);
      if (open < 0 && !truncated) {
        Matcher matcher = NUMBER.matcher(response);
        while (matcher.find()) {
          found = Optional.of(matcher.group());
        }
      }
      return found.map(BoxOrNumber::canonical).filter(answer -> !answer.isEmpty());
    }

    /** What stands between the brace at the end of {@link #OPEN} and the one that closes it. */
    private static Optional<String> balanced(String text, int open) {
      int from = open + OPEN.length();
      int depth = 1;
      for (int i = from; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c == '\\') {
          i++;
        } else if (c == '{') {
          depth++;
        } else if (c == '}' && --depth == 0) {
          return Optional.of(text.substring(from, i));
        }
      }
      return Optional.empty();
    }

    private static String canonical(String answer) {
      return THOUSANDS.matcher(FILLING.matcher(answer).replaceAll("")).replaceAll("");
    }

    @Override
    public boolean same(String one, String other) {
      return one.equals(other);
    }
  }
}
