package dev.sponge.rl.reward;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reward 1 for the right answer wherever it stands, for models that were never taught the box.
 *
 * <p>The answer is the content of the last {@code \boxed{...}} or, without one, the last number of
 * a response that is not truncated: what a cut text happens to end with is no answer. Numbers may
 * have thousands separators and a fraction of zeros. The format is right if the response is not
 * truncated and holds {@code \boxed} exactly once, closed, around an integer. Reward = correct +
 * formatWeight * format.
 */
public final class FinalIntegerVerifier implements Verifier {
  private static final String BOX = "\\boxed";
  private static final String OPEN = BOX + "{";
  // Possessive: linear in the response. A minus behind a digit or letter is an operator.
  private static final Pattern NUMBER =
      Pattern.compile("(?:(?<![\\p{Alnum})])-)?\\d++(?:,\\d{3}(?!\\d))*+(?:\\.\\d++)?+");
  private static final int MAX_DIGITS = 18; // any such number fits a long

  private final double formatWeight;

  /**
   * @param formatWeight 0 or more, finite; what the right format adds to the reward
   */
  public FinalIntegerVerifier(double formatWeight) {
    if (!(formatWeight >= 0) || Double.isInfinite(formatWeight)) {
      throw new IllegalArgumentException("formatWeight is " + formatWeight);
    }
    this.formatWeight = formatWeight;
  }

  @Override
  public String id() {
    return "final-integer";
  }

  @Override
  public String version() {
    return formatWeight == 0 ? "1" : "1+format" + formatWeight;
  }

  @Override
  public Verdict verify(String response, String goldAnswer, boolean truncated) {
    if (response == null || goldAnswer == null) {
      return Verdict.failed(response == null ? "no response" : "no gold answer");
    }
    Optional<Long> gold = integer(goldAnswer);
    if (gold.isEmpty()) {
      return Verdict.failed("gold answer is not an integer");
    }
    int open = response.lastIndexOf(OPEN);
    int close = open < 0 ? -1 : response.indexOf('}', open);
    boolean boxed = close >= 0;
    Optional<Long> answer;
    if (boxed) {
      answer = integer(response.substring(open + OPEN.length(), close));
    } else {
      answer = truncated ? Optional.empty() : lastInteger(response);
    }
    boolean correct = answer.equals(gold);
    boolean once = response.indexOf(BOX) == response.lastIndexOf(BOX);
    boolean formatOk = boxed && once && !truncated && answer.isPresent();
    double reward = (correct ? 1 : 0) + (formatOk ? formatWeight : 0);
    return Verdict.scored(reward, correct, formatOk, detail(boxed, truncated, answer, correct));
  }

  private static String detail(
      boolean boxed, boolean truncated, Optional<Long> answer, boolean correct) {
    String place = boxed ? " in the box" : " at the end";
    if (answer.isPresent()) {
      return (correct ? "right" : "wrong answer") + place;
    }
    return truncated && !boxed ? "truncated" : "no integer" + place;
  }

  private static Optional<Long> lastInteger(String text) {
    Matcher matcher = NUMBER.matcher(text);
    String last = "";
    while (matcher.find()) {
      last = matcher.group();
    }
    return integer(last);
  }

  /** A number without a fraction other than zeros. */
  private static Optional<Long> integer(String text) {
    String stripped = text.strip();
    if (stripped.length() > 2 * MAX_DIGITS || !NUMBER.matcher(stripped).matches()) {
      return Optional.empty();
    }
    BigDecimal number = new BigDecimal(stripped.replace(",", "")).stripTrailingZeros();
    return number.scale() > 0 || number.precision() - number.scale() > MAX_DIGITS
        ? Optional.empty()
        : Optional.of(number.longValueExact());
  }
}
