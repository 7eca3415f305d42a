package dev.sponge.datasets;

import java.math.BigInteger;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A linear equation in x with one solution. Levels: 1 {@code ax + b = d} and 2 {@code ax + b = cx +
 * d} with an integer solution, 3 the same with a fraction, 4 {@code a(x + e) + b = c(x + f) + d}
 * with either.
 *
 * @param left side of the equation
 * @param right side of the equation
 */
record LinearTask(int level, Side left, Side right) implements Task {
  static final String SOURCE = "linear-equations";
  private static final List<String> WORDINGS =
      List.of("Solve for x: %s", "Find x if %s.", "What is the value of x if %s?");

  /** {@code factor * (x + shift) + constant}. */
  record Side(int factor, int shift, int constant) {
    /** What is left of it at x = 0. */
    long atZero() {
      return (long) factor * shift + constant;
    }

    @Override
    public String toString() {
      String x = shift == 0 ? "x" : "(x" + signed(shift) + ")";
      String term =
          switch (factor) {
            case 0 -> "";
            case 1 -> x;
            case -1 -> "-" + x;
            default -> factor + x;
          };
      if (term.isEmpty()) {
        return Integer.toString(constant);
      }
      return constant == 0 ? term : term + signed(constant);
    }

    private static String signed(int number) {
      return number < 0 ? " - " + -number : " + " + number;
    }
  }

  /** Draws an equation; some draws have no solution or one of another kind: see {@link #fits}. */
  static LinearTask draw(int level, SyntheticMathSettings settings, SplittableRandom random) {
    int a = nonZero(settings.maxFactor(), random);
    int c = level == 1 ? 0 : nonZero(settings.maxFactor(), random);
    int b = nonZero(settings.maxOperand(), random);
    if (level <= 2) {
      int x = nonZero(settings.maxStart(), random);
      return new LinearTask(level, new Side(a, 0, b), new Side(c, 0, (a - c) * x + b));
    }
    int d = nonZero(settings.maxOperand(), random);
    int e = level == 3 ? 0 : nonZero(settings.maxFactor(), random);
    int f = level == 3 ? 0 : nonZero(settings.maxFactor(), random);
    return new LinearTask(level, new Side(a, e, b), new Side(c, f, d));
  }

  private static int nonZero(int largest, SplittableRandom random) {
    int size = random.nextInt(1, largest + 1);
    return random.nextBoolean() ? size : -size;
  }

  /** Whether it has one solution, an integer up to level 2 and a fraction at level 3. */
  boolean fits() {
    if (left.factor() == right.factor()) {
      return false;
    }
    boolean integer = (right.atZero() - left.atZero()) % (left.factor() - right.factor()) == 0;
    return level == 4 || integer == (level <= 2);
  }

  /** The sides in alphabetical order: swapped sides are the same problem. */
  @Override
  public String canonical() {
    return Stream.of(left, right).map(Side::toString).sorted().collect(Collectors.joining(" = "));
  }

  @Override
  public String answer() {
    BigInteger numerator = BigInteger.valueOf(right.atZero() - left.atZero());
    BigInteger denominator = BigInteger.valueOf(left.factor() - right.factor());
    BigInteger divisor =
        numerator.gcd(denominator).multiply(BigInteger.valueOf(denominator.signum()));
    BigInteger below = denominator.divide(divisor);
    String above = numerator.divide(divisor).toString();
    return below.equals(BigInteger.ONE) ? above : above + "/" + below;
  }

  @Override
  public String prompt(SplittableRandom random) {
    String equation = left + " = " + right;
    return WORDINGS.get(random.nextInt(WORDINGS.size())).formatted(equation) + "\n";
  }
}
