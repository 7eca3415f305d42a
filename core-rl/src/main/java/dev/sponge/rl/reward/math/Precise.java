package dev.sponge.rl.reward.math;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Map;

/**
 * Real values to sixty digits: sums, products, powers and roots of rational numbers, pi and e. Null
 * stands for what is not real, not defined or not computed. Doubles alone would take numbers for
 * equal that differ after their sixteenth digit.
 */
final class Precise {
  static final MathContext DIGITS = new MathContext(60);

  private static final BigDecimal PI =
      new BigDecimal(
          "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803");
  private static final BigDecimal E =
      new BigDecimal(
          "2.71828182845904523536028747135266249775724709369995957496696762772407663035354759457138");
  private static final int LARGEST_EXPONENT = 10_000;
  private static final int LARGEST_INDEX = 64;

  /** Newton's method doubles the sixteen digits of a double this often. */
  private static final int STEPS = 4;

  private final Map<String, Double> values;
  private final Budget budget;
  private BigDecimal largest = BigDecimal.ZERO;

  Precise(Map<String, Double> values, Budget budget) {
    this.values = values;
    this.budget = budget;
  }

  /** The largest number that was added, the measure of what rounding may have left. */
  BigDecimal largest() {
    return largest;
  }

  BigDecimal value(Node node) {
    budget.spend(64);
    try {
      return compute(node);
    } catch (ArithmeticException overflow) {
      return null;
    }
  }

  private BigDecimal compute(Node node) {
    if (node instanceof Node.Num number) {
      return number.value();
    }
    if (node instanceof Node.Sym symbol) {
      return variable(symbol.name());
    }
    if (node instanceof Node.Call call) {
      return variable(Canonical.text(call));
    }
    if (node instanceof Node.Const constant) {
      return constant == Node.Const.PI ? PI : constant == Node.Const.E ? E : null;
    }
    if (node instanceof Node.Add sum) {
      return sum(sum);
    }
    if (node instanceof Node.Mul product) {
      BigDecimal total = BigDecimal.ONE;
      for (Node factor : product.factors()) {
        BigDecimal value = value(factor);
        if (value == null) {
          return null;
        }
        total = total.multiply(value, DIGITS);
      }
      return total;
    }
    if (node instanceof Node.Div quotient) {
      BigDecimal above = value(quotient.numerator());
      BigDecimal below = above == null ? null : value(quotient.denominator());
      return below == null || below.signum() == 0 ? null : above.divide(below, DIGITS);
    }
    if (node instanceof Node.Pow power) {
      return power(power);
    }
    if (node instanceof Node.Root root) {
      BigDecimal index = value(root.index());
      BigDecimal radicand = index == null ? null : value(root.radicand());
      return radicand == null ? null : root(radicand, whole(index, LARGEST_INDEX));
    }
    if (node instanceof Node.Percent percent) {
      BigDecimal value = value(percent.value());
      return value == null ? null : value.movePointLeft(2);
    }
    boolean absolute = node instanceof Node.Fn function && function.function() == Func.ABS;
    BigDecimal value = absolute ? value(((Node.Fn) node).arguments().get(0)) : null;
    return value == null ? null : value.abs();
  }

  private BigDecimal variable(String name) {
    Double value = values.get(name);
    return value == null ? null : BigDecimal.valueOf(value);
  }

  private BigDecimal sum(Node.Add sum) {
    BigDecimal total = BigDecimal.ZERO;
    for (Node term : sum.terms()) {
      BigDecimal value = value(term);
      if (value == null) {
        return null;
      }
      largest = largest.max(value.abs());
      total = total.add(value, DIGITS);
    }
    return total;
  }

  private BigDecimal power(Node.Pow power) {
    BigDecimal base = value(power.base());
    if (base == null) {
      return null;
    }
    Fraction exponent = new Exact(Limits.STANDARD, budget, Map.of()).value(power.exponent());
    if (exponent == null) {
      BigDecimal value = value(power.exponent());
      int whole = value == null ? -1 : whole(value.abs(), LARGEST_EXPONENT);
      exponent = whole < 0 ? null : Fraction.of((long) whole * value.signum());
    }
    if (exponent == null
        || exponent.numerator().bitLength() > 31
        || exponent.denominator().bitLength() > 31) {
      return null;
    }
    int times = whole(new BigDecimal(exponent.numerator().abs()), LARGEST_EXPONENT);
    int index = whole(new BigDecimal(exponent.denominator()), LARGEST_INDEX);
    boolean usable =
        times >= 0
            && index > 0
            && (index == 1 || base.signum() >= 0)
            && (base.signum() != 0 || exponent.signum() > 0);
    BigDecimal root = usable ? root(base, index) : null;
    if (root == null) {
      return null;
    }
    budget.spend(times);
    BigDecimal value = root.pow(times, DIGITS);
    return exponent.signum() >= 0 ? value : BigDecimal.ONE.divide(value, DIGITS);
  }

  /** The number if it is whole and within the bound; -1 otherwise. */
  private static int whole(BigDecimal value, int bound) {
    boolean within = value.abs().compareTo(BigDecimal.valueOf(bound)) <= 0;
    return within && value.signum() >= 0 && value.stripTrailingZeros().scale() <= 0
        ? value.intValueExact()
        : -1;
  }

  private BigDecimal root(BigDecimal radicand, int index) {
    if (index == 1 || (radicand.signum() == 0 && index > 0)) {
      return radicand;
    }
    if (index < 1 || (radicand.signum() < 0 && index % 2 == 0)) {
      return null;
    }
    if (index == 2) {
      budget.spend(500);
      return radicand.sqrt(DIGITS);
    }
    double start = Math.pow(radicand.abs().doubleValue(), 1.0 / index);
    if (!Double.isFinite(start) || start == 0) {
      return null;
    }
    budget.spend(2000);
    BigDecimal power = radicand.abs();
    BigDecimal times = BigDecimal.valueOf(index);
    BigDecimal value = BigDecimal.valueOf(start);
    for (int i = 0; i < STEPS; i++) {
      BigDecimal next = power.divide(value.pow(index - 1, DIGITS), DIGITS);
      value =
          value
              .multiply(BigDecimal.valueOf(index - 1L), DIGITS)
              .add(next, DIGITS)
              .divide(times, DIGITS);
    }
    return radicand.signum() < 0 ? value.negate() : value;
  }
}
