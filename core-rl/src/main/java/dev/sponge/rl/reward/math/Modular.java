package dev.sponge.rl.reward.math;

import java.math.BigInteger;
import java.util.Map;

/**
 * Values modulo a prime. {@link #NONE} stands for a value that is not defined or not rational in
 * the variables.
 */
final class Modular {
  static final long NONE = -1;

  private final BigInteger prime;
  private final long modulus;
  private final Map<String, Long> values;
  private final Exact exact;
  private final Budget budget;

  /**
   * A point.
   *
   * @param modulus a prime below 2^62
   * @param values values of the variables, and of the numbers pi and e, which count as variables
   * @param exact exact values of exponents and of what else needs whole numbers, at the same point
   */
  Modular(long modulus, Map<String, Long> values, Exact exact, Budget budget) {
    this.modulus = modulus;
    this.prime = BigInteger.valueOf(modulus);
    this.values = values;
    this.exact = exact;
    this.budget = budget;
  }

  long value(Node node) {
    budget.spend(16);
    if (node instanceof Node.Num number) {
      long digits = reduced(number.value().unscaledValue());
      long scale = power(10, BigInteger.valueOf(-(long) number.value().scale()));
      return multiplied(digits, scale);
    }
    if (node instanceof Node.Sym symbol) {
      return values.getOrDefault(symbol.name(), NONE);
    }
    if (node instanceof Node.Call call) {
      return values.getOrDefault(Canonical.text(call), NONE);
    }
    if (node instanceof Node.Const constant) {
      return values.getOrDefault("const " + constant, NONE);
    }
    if (node instanceof Node.Add sum) {
      long total = 0;
      for (Node term : sum.terms()) {
        long value = value(term);
        if (value == NONE) {
          return NONE;
        }
        total = (total + value) % modulus;
      }
      return total;
    }
    if (node instanceof Node.Mul product) {
      long total = 1;
      for (Node factor : product.factors()) {
        total = multiplied(total, value(factor));
      }
      return total;
    }
    if (node instanceof Node.Div quotient) {
      return multiplied(value(quotient.numerator()), inverted(value(quotient.denominator())));
    }
    if (node instanceof Node.Pow power) {
      Fraction exponent = exact.value(power.exponent());
      return exponent == null || !exponent.integer()
          ? constant(node)
          : power(value(power.base()), exponent.numerator());
    }
    if (node instanceof Node.Percent percent) {
      return multiplied(value(percent.value()), inverted(100));
    }
    if (node instanceof Node.Degree degree) {
      return value(degree.value());
    }
    return constant(node);
  }

  /** What is rational only as a whole, such as a factorial or an exact root. */
  private long constant(Node node) {
    Fraction value = exact.value(node);
    return value == null
        ? NONE
        : multiplied(reduced(value.numerator()), inverted(reduced(value.denominator())));
  }

  private long reduced(BigInteger value) {
    budget.spend(value.bitLength() / 16);
    return value.mod(prime).longValue();
  }

  private long multiplied(long left, long right) {
    if (left == NONE || right == NONE) {
      return NONE;
    }
    if (modulus < 1L << 31) {
      return left * right % modulus;
    }
    long high = Math.multiplyHigh(left, right);
    long low = left * right;
    long folded = (low & modulus) + ((high << 3) | (low >>> 61));
    return folded >= modulus ? folded - modulus : folded;
  }

  private long inverted(long value) {
    return value == NONE || value == 0 ? NONE : raised(value, modulus - 2);
  }

  private long power(long base, BigInteger exponent) {
    if (base == NONE || (base == 0 && exponent.signum() < 0)) {
      return NONE;
    }
    if (base == 0) {
      return exponent.signum() == 0 ? 1 : 0;
    }
    return raised(base, exponent.mod(BigInteger.valueOf(modulus - 1)).longValue());
  }

  private long raised(long base, long exponent) {
    budget.spend(64);
    long result = 1;
    long square = base;
    for (long rest = exponent; rest > 0; rest >>= 1) {
      if ((rest & 1) == 1) {
        result = multiplied(result, square);
      }
      square = multiplied(square, square);
    }
    return result;
  }
}
