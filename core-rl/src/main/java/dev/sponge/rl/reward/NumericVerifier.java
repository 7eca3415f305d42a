package dev.sponge.rl.reward;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reward 1 if the number in the last {@code \boxed{...}} is close to the gold number: {@code
 * |answer - gold| <= max(absolute, relative * |gold|)}, in exact arithmetic.
 *
 * <p>A number is a decimal with optional sign, thousands separators and exponent ({@code 1.5e3},
 * {@code 1.5 \times 10^{3}}), or a fraction of two such ({@code 3/4}, {@code \frac{3}{4}}), dollar
 * signs around it aside. The right format is one box.
 */
public final class NumericVerifier extends AnswerVerifier<Fraction> {
  private static final int LONGEST = 200;
  private static final int MOST_EXPONENT = 1_000; // numbers stay below some kilobits
  private static final Pattern FRACTION =
      Pattern.compile("([+-]?)\\\\[dt]?frac\\s*\\{([^{}]*+)}\\s*\\{([^{}]*+)}");
  private static final Pattern DECIMAL =
      Pattern.compile(
          "([+-]?(?:\\d{1,3}(?:(?:,|\\{,}|\\\\,)\\d{3})++|\\d++)?(?:\\.\\d*+)?+)"
              + "(?:[eE]([+-]?\\d{1,4})"
              + "|\\s*(?:\\\\times|\\\\cdot|×)\\s*10\\s*\\^\\s*(?:\\{\\s*([+-]?\\d{1,4})\\s*}|(\\d)))?");

  private final double relative;
  private final double absolute;
  private final Fraction relativeExact;
  private final Fraction absoluteExact;

  /**
   * @param relative share of the gold number's size, 0 or more, finite
   * @param absolute 0 or more, finite
   */
  public NumericVerifier(double relative, double absolute, double formatWeight) {
    super(formatWeight);
    if (!(relative >= 0 && absolute >= 0) || Double.isInfinite(relative + absolute)) {
      throw new IllegalArgumentException("tolerances are " + relative + " and " + absolute);
    }
    this.relative = relative;
    this.absolute = absolute;
    relativeExact = Fraction.of(BigDecimal.valueOf(relative));
    absoluteExact = Fraction.of(BigDecimal.valueOf(absolute));
  }

  @Override
  public String id() {
    return "numeric";
  }

  @Override
  String rules() {
    return "1+relative" + relative + "+absolute" + absolute;
  }

  @Override
  String goldKind() {
    return "a number";
  }

  @Override
  Optional<Fraction> gold(String text) {
    return number(text);
  }

  @Override
  Optional<String> answer(String response, boolean truncated) {
    return Box.last(response).map(Box.Found::content);
  }

  @Override
  String fault(Fraction gold, String answer) {
    Optional<Fraction> number = number(answer);
    if (number.isEmpty()) {
      return "no number in the box";
    }
    Fraction distance = number.get().minus(gold).abs();
    boolean close =
        distance.atMost(absoluteExact) || distance.atMost(gold.abs().times(relativeExact));
    return close ? "" : "another number";
  }

  private static Optional<Fraction> number(String text) {
    if (text.length() > LONGEST) {
      return Optional.empty();
    }
    String stripped = unwrapped(text.strip());
    Matcher fraction = FRACTION.matcher(stripped);
    if (fraction.matches()) {
      Optional<Fraction> quotient = quotient(fraction.group(2), fraction.group(3));
      return fraction.group(1).equals("-")
          ? quotient.map(value -> Fraction.of(0).minus(value))
          : quotient;
    }
    int slash = stripped.indexOf('/');
    return slash < 0
        ? decimal(stripped)
        : quotient(stripped.substring(0, slash), stripped.substring(slash + 1));
  }

  private static String unwrapped(String text) {
    boolean formula = text.length() > 1 && text.startsWith("$") && text.endsWith("$");
    return formula ? text.substring(1, text.length() - 1).strip() : text;
  }

  private static Optional<Fraction> quotient(String numerator, String denominator) {
    Optional<Fraction> above = decimal(numerator.strip());
    Optional<Fraction> below = decimal(denominator.strip());
    return above.isEmpty() || below.isEmpty() || below.get().isZero()
        ? Optional.empty()
        : Optional.of(above.get().dividedBy(below.get()));
  }

  private static Optional<Fraction> decimal(String text) {
    Matcher matcher = DECIMAL.matcher(text);
    if (!matcher.matches() || matcher.group(1).chars().noneMatch(c -> c >= '0' && c <= '9')) {
      return Optional.empty();
    }
    int exponent = 0;
    for (int group = 2; group <= 4; group++) {
      exponent = matcher.group(group) == null ? exponent : Integer.parseInt(matcher.group(group));
    }
    if (Math.abs(exponent) > MOST_EXPONENT) {
      return Optional.empty();
    }
    String digits = matcher.group(1).replaceAll("\\{,}|\\\\,|,", "");
    return Optional.of(Fraction.of(new BigDecimal(digits).scaleByPowerOfTen(exponent)));
  }
}
