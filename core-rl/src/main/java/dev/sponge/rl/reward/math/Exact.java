package dev.sponge.rl.reward.math;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Exact rational values. Null stands for a value that is not rational, not defined, or longer than
 * the bound.
 */
final class Exact {
  private static final int ROOT_BITS = 4000;

  private final Limits limits;
  private final Budget budget;
  private final Map<String, Fraction> variables;

  Exact(Limits limits, Budget budget, Map<String, Fraction> variables) {
    this.limits = limits;
    this.budget = budget;
    this.variables = variables;
  }

  Fraction value(Node node) {
    budget.spend(8);
    Fraction value = compute(node);
    return value == null || value.bits() > limits.bits() ? null : value;
  }

  private Fraction compute(Node node) {
    if (node instanceof Node.Num number) {
      return decimal(number.value());
    }
    if (node instanceof Node.Sym symbol) {
      return variables.get(symbol.name());
    }
    if (node instanceof Node.Based based) {
      return Fraction.of(new BigInteger(based.digits(), based.base()));
    }
    if (node instanceof Node.Add sum) {
      return sum(sum.terms());
    }
    if (node instanceof Node.Mul product) {
      return product(product.factors());
    }
    if (node instanceof Node.Div quotient) {
      Fraction above = value(quotient.numerator());
      Fraction below = above == null ? null : value(quotient.denominator());
      return below == null || below.signum() == 0 ? null : above.over(below, budget);
    }
    if (node instanceof Node.Pow power) {
      Fraction exponent = value(power.exponent());
      Fraction base = exponent == null ? null : value(power.base());
      return base == null ? null : power(base, exponent);
    }
    if (node instanceof Node.Root root) {
      Fraction index = value(root.index());
      Fraction radicand = index == null ? null : value(root.radicand());
      boolean usable =
          radicand != null && index.integer() && index.signum() > 0 && index.bits() < 16;
      return usable ? root(radicand, index.numerator().intValue()) : null;
    }
    if (node instanceof Node.Percent percent) {
      Fraction value = value(percent.value());
      return value == null ? null : value.over(Fraction.of(100), budget);
    }
    if (node instanceof Node.Degree degree) {
      return value(degree.value());
    }
    return node instanceof Node.Fn function ? function(function) : null;
  }

  private Fraction decimal(BigDecimal value) {
    if (Math.abs((long) value.scale()) * 10 / 3 > limits.bits()) {
      return null;
    }
    return value.scale() <= 0
        ? Fraction.of(value.toBigIntegerExact())
        : Fraction.of(value.unscaledValue(), BigInteger.TEN.pow(value.scale()), budget);
  }

  private Fraction sum(List<Node> terms) {
    Fraction sum = Fraction.ZERO;
    for (Node term : terms) {
      Fraction value = value(term);
      if (value == null) {
        return null;
      }
      sum = sum.plus(value, budget);
      if (sum.bits() > limits.bits()) {
        return null;
      }
    }
    return sum;
  }

  private Fraction product(List<Node> factors) {
    Fraction product = Fraction.ONE;
    for (Node factor : factors) {
      Fraction value = value(factor);
      if (value == null) {
        return null;
      }
      product = product.times(value, budget);
      if (product.bits() > limits.bits()) {
        return null;
      }
    }
    return product;
  }

  private Fraction power(Fraction base, Fraction exponent) {
    if (!exponent.integer()) {
      boolean usable = base.signum() >= 0 && exponent.denominator().bitLength() < 16;
      Fraction root = usable ? root(base, exponent.denominator().intValue()) : null;
      return root == null ? null : power(root, Fraction.of(exponent.numerator()));
    }
    if (base.signum() == 0) {
      return exponent.signum() > 0 ? base : exponent.signum() == 0 ? Fraction.ONE : null;
    }
    if (base.bits() == 1) {
      return base.signum() > 0 || !exponent.numerator().testBit(0) ? Fraction.ONE : Fraction.of(-1);
    }
    if (exponent.bits() > 31
        || (long) (base.bits() - 1) * exponent.numerator().abs().longValue() > limits.bits()) {
      return null;
    }
    int times = exponent.numerator().abs().intValue();
    long words = 1 + (long) base.bits() * times / 32;
    budget.spend(words * words);
    Fraction power = new Fraction(base.numerator().pow(times), base.denominator().pow(times));
    return exponent.signum() >= 0 ? power : Fraction.ONE.over(power, budget);
  }

  /** The root if it is rational; of negative numbers if the index is odd. */
  private Fraction root(Fraction radicand, int index) {
    if (radicand.signum() < 0) {
      Fraction positive =
          index % 2 == 0
              ? null
              : root(new Fraction(radicand.numerator().negate(), radicand.denominator()), index);
      return positive == null
          ? null
          : new Fraction(positive.numerator().negate(), positive.denominator());
    }
    BigInteger above = root(radicand.numerator(), index);
    BigInteger below = above == null ? null : root(radicand.denominator(), index);
    return below == null ? null : new Fraction(above, below);
  }

  private BigInteger root(BigInteger value, int index) {
    if (index == 1 || value.bitLength() <= 1) {
      return value;
    }
    if (value.bitLength() > ROOT_BITS || index >= value.bitLength()) {
      return null;
    }
    budget.spend(1000L + value.bitLength() * 16L);
    BigInteger low = BigInteger.ONE;
    BigInteger high = BigInteger.ONE.shiftLeft(value.bitLength() / index + 1);
    if (index == 2) {
      low = value.sqrt();
      high = low;
    }
    while (low.compareTo(high) < 0) {
      BigInteger middle = low.add(high).add(BigInteger.ONE).shiftRight(1);
      if (middle.pow(index).compareTo(value) <= 0) {
        low = middle;
      } else {
        high = middle.subtract(BigInteger.ONE);
      }
    }
    return low.pow(index).equals(value) ? low : null;
  }

  private Fraction function(Node.Fn function) {
    List<Fraction> values = new ArrayList<>();
    for (Node argument : function.arguments()) {
      Fraction value = value(argument);
      if (value == null) {
        return null;
      }
      values.add(value);
    }
    Fraction first = values.get(0);
    return switch (function.function()) {
      case ABS -> new Fraction(first.numerator().abs(), first.denominator());
      case FLOOR -> Fraction.of(first.floor());
      case CEIL ->
          Fraction.of(
              new Fraction(first.numerator().negate(), first.denominator()).floor().negate());
      case SIGN -> Fraction.of(first.signum());
      case RE -> first;
      case IM -> Fraction.ZERO;
      case MIN -> values.stream().min(Fraction::compareTo).orElseThrow();
      case MAX -> values.stream().max(Fraction::compareTo).orElseThrow();
      case GCD, LCM -> common(values, function.function() == Func.GCD);
      case FACTORIAL -> factorial(first);
      case BINOMIAL -> binomial(first, values.get(1));
      case SIN,
          COS,
          TAN,
          COT,
          SEC,
          CSC,
          ARCSIN,
          ARCCOS,
          ARCTAN,
          ARCCOT,
          ARCSEC,
          ARCCSC,
          SINH,
          COSH,
          TANH,
          EXP,
          LOG ->
          null;
    };
  }

  private Fraction common(List<Fraction> values, boolean divisor) {
    BigInteger common = divisor ? BigInteger.ZERO : BigInteger.ONE;
    for (Fraction value : values) {
      if (!value.integer() || value.signum() <= 0) {
        return null;
      }
      budget.spend(1L + (long) value.bits() * value.bits() / 1024);
      BigInteger gcd = common.gcd(value.numerator());
      common = divisor ? gcd : common.divide(gcd).multiply(value.numerator());
    }
    return Fraction.of(common);
  }

  private Fraction factorial(Fraction of) {
    if (!of.integer() || of.signum() < 0) {
      return null;
    }
    if (of.bits() > 31 || of.numerator().intValue() > limits.factorial()) {
      if (!variables.isEmpty()) {
        return null;
      }
      throw Refusal.limit("factorial of a number above " + limits.factorial());
    }
    BigInteger product = BigInteger.ONE;
    for (int i = 2; i <= of.numerator().intValue(); i++) {
      product = product.multiply(BigInteger.valueOf(i));
      budget.spend(1L + product.bitLength() / 32);
    }
    return Fraction.of(product);
  }

  private Fraction binomial(Fraction of, Fraction choose) {
    if (!of.integer() || !choose.integer() || choose.signum() < 0 || of.signum() < 0) {
      return null;
    }
    if (choose.compareTo(of) > 0) {
      return Fraction.ZERO;
    }
    BigInteger fewer = choose.numerator().min(of.numerator().subtract(choose.numerator()));
    if (fewer.bitLength() > 31
        || fewer.intValue() > limits.factorial()
        || (long) fewer.intValue() * of.bits() > limits.bits()) {
      if (!variables.isEmpty()) {
        return null;
      }
      throw Refusal.limit("binomial coefficient beyond the bounds");
    }
    BigInteger product = BigInteger.ONE;
    for (int i = 0; i < fewer.intValue(); i++) {
      product =
          product
              .multiply(of.numerator().subtract(BigInteger.valueOf(i)))
              .divide(BigInteger.valueOf(i + 1L));
      budget.spend(1L + product.bitLength() / 16);
    }
    return Fraction.of(product);
  }
}
