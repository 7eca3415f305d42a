package dev.sponge.rl.reward;

import java.util.OptionalLong;

/**
 * Reward 1 if the answer and the format are right, else 0 (the rule of arXiv 2507.06892).
 *
 * <p>The answer is the content of the last {@code \boxed{...}}. The format is right if the response
 * is not truncated, holds {@code \boxed} exactly once, and ends, white space aside, with {@code
 * \boxed{n}} where n is an integer without sign {@code +}, leading zeros or spaces. Works in time
 * linear in the response.
 */
public final class BoxedIntegerVerifier implements Verifier {
  private static final String BOX = "\\boxed";
  private static final String OPEN = BOX + "{";
  private static final int MAX_DIGITS = 18; // any such number fits a long

  @Override
  public String id() {
    return "boxed-integer";
  }

  @Override
  public String version() {
    return "1";
  }

  @Override
  public Verdict verify(String response, String goldAnswer, boolean truncated) {
    if (response == null || goldAnswer == null) {
      return Verdict.failed(response == null ? "no response" : "no gold answer");
    }
    OptionalLong gold = integer(goldAnswer.strip());
    if (gold.isEmpty()) {
      return Verdict.failed("gold answer is not an integer: " + shortened(goldAnswer));
    }
    String text = response.strip();
    int open = text.lastIndexOf(OPEN);
    int close = open < 0 ? -1 : text.indexOf('}', open);
    if (close < 0) {
      return Verdict.scored(0, false, false, open < 0 ? "no box" : "unclosed box");
    }
    String content = text.substring(open + OPEN.length(), close);
    OptionalLong answer = integer(content.strip());
    boolean correct = answer.isPresent() && answer.getAsLong() == gold.getAsLong();
    String fault = formatFault(text, close, content, answer, truncated);
    boolean formatOk = fault.isEmpty();
    String detail = formatOk ? (correct ? "right" : "wrong answer") : fault;
    return Verdict.scored(correct && formatOk ? 1 : 0, correct, formatOk, detail);
  }

  /** The first fault of the format, or an empty string. */
  private static String formatFault(
      String text, int close, String content, OptionalLong answer, boolean truncated) {
    if (truncated) {
      return "truncated";
    }
    if (text.indexOf(BOX) != text.lastIndexOf(BOX)) {
      return "more than one box";
    }
    if (answer.isEmpty() || !content.equals(Long.toString(answer.getAsLong()))) {
      return "box without a plain integer";
    }
    return close == text.length() - 1 ? "" : "text after the box";
  }

  private static OptionalLong integer(String text) {
    boolean signed = text.startsWith("-") || text.startsWith("+");
    String digits = signed ? text.substring(1) : text;
    if (digits.isEmpty()
        || digits.length() > MAX_DIGITS
        || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(Long.parseLong(text));
  }

  private static String shortened(String text) {
    int limit = 40;
    return text.length() <= limit ? text : text.substring(0, limit) + "...";
  }
}
