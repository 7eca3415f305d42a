package dev.sponge.rl.reward.math;

import java.math.BigInteger;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What DeepScaleR's grader asks of an answer's form beyond its value: an integer where the gold
 * answer is one and only there, and a fraction of integers exactly as reduced as the gold answer.
 */
final class DeepScalerForm {
  private static final Pattern INTEGER = Pattern.compile("-?\\d++(?:,\\d{3})*+(?:\\.0*+)?+");
  private static final Pattern PLAIN = Pattern.compile("(-?\\d++)/(-?\\d++)");
  private static final Pattern LATEX =
      Pattern.compile("(-?)\\\\[dt]?frac(?:\\{(-?\\d++)}|(\\d))(?:\\{(-?\\d++)}|(\\d))");

  private DeepScalerForm() {}

  private record Fraction(BigInteger numerator, BigInteger denominator) {}

  /** Whether an answer of equal value may count. */
  static boolean accepts(String gold, String answer) {
    String plainGold = plain(gold);
    String plainAnswer = plain(answer);
    Optional<Fraction> goldFraction = fraction(plainGold);
    Optional<Fraction> fraction = fraction(plainAnswer);
    if (goldFraction.isPresent() && fraction.isPresent()) {
      return goldFraction.equals(fraction);
    }
    return isInteger(plainGold) == isInteger(plainAnswer);
  }

  private static boolean isInteger(String text) {
    return INTEGER.matcher(text).matches();
  }

  private static Optional<Fraction> fraction(String text) {
    Matcher plain = PLAIN.matcher(text);
    if (plain.matches()) {
      return Optional.of(signed("", plain.group(1), plain.group(2)));
    }
    Matcher latex = LATEX.matcher(text);
    if (!latex.matches()) {
      return Optional.empty();
    }
    String numerator = latex.group(2) == null ? latex.group(3) : latex.group(2);
    String denominator = latex.group(4) == null ? latex.group(5) : latex.group(4);
    return Optional.of(signed(latex.group(1), numerator, denominator));
  }

  /** The sign in the numerator. */
  private static Fraction signed(String sign, String numerator, String denominator) {
    BigInteger above = new BigInteger(numerator);
    BigInteger below = new BigInteger(denominator);
    boolean negative = !sign.isEmpty() ^ below.signum() < 0;
    return new Fraction(negative ? above.negate() : above, below.abs());
  }

  /** Without what only spaces, marks currency or degrees, or names the value. */
  private static String plain(String text) {
    return text.replaceAll("\\s++|\\$|\\\\[!,;:$]|\\{,}(?=\\d)|\\^\\\\circ|\\^\\{\\\\circ}", "")
        .replaceFirst("^[a-zA-Z]=", "");
  }
}
