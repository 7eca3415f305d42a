package dev.sponge.rl.reward.math;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Values in complex doubles at one point; not-a-number for what is not defined or not computed. */
final class Numeric {
  private static final int TABULATED = 170;

  private final Map<String, Double> values;
  private final Budget budget;

  /** What an angle in degrees is multiplied by: 1 outside trigonometric functions. */
  private double degree = 1;

  /** The largest number that was added, the measure of what rounding may have left. */
  private double largest;

  Numeric(Map<String, Double> values, Budget budget) {
    this.values = values;
    this.budget = budget;
  }

  double largest() {
    return largest;
  }

  Complex value(Node node) {
    budget.spend(32);
    if (node instanceof Node.Num number) {
      return Complex.of(number.value().doubleValue());
    }
    if (node instanceof Node.Sym symbol) {
      return Complex.of(values.getOrDefault(symbol.name(), Double.NaN));
    }
    if (node instanceof Node.Call call) {
      return Complex.of(values.getOrDefault(Canonical.text(call), Double.NaN));
    }
    if (node instanceof Node.Const constant) {
      return switch (constant) {
        case PI -> Complex.of(Math.PI);
        case E -> Complex.of(Math.E);
        case I -> Complex.I;
        case INFINITY -> Complex.NAN;
      };
    }
    if (node instanceof Node.Add sum) {
      return sum(sum.terms());
    }
    if (node instanceof Node.Mul product) {
      Complex total = Complex.ONE;
      for (Node factor : product.factors()) {
        total = total.times(value(factor));
      }
      return total;
    }
    if (node instanceof Node.Div quotient) {
      return value(quotient.numerator()).over(value(quotient.denominator()));
    }
    if (node instanceof Node.Pow power) {
      return value(power.base()).power(value(power.exponent()));
    }
    if (node instanceof Node.Root root) {
      return root(value(root.radicand()), value(root.index()));
    }
    if (node instanceof Node.Based based) {
      return Complex.of(new java.math.BigInteger(based.digits(), based.base()).doubleValue());
    }
    if (node instanceof Node.Percent percent) {
      return value(percent.value()).over(Complex.of(100));
    }
    if (node instanceof Node.Degree angle) {
      return value(angle.value()).times(Complex.of(degree));
    }
    return node instanceof Node.Fn function ? function(function) : Complex.NAN;
  }

  private Complex sum(List<Node> terms) {
    Complex total = Complex.of(0);
    for (Node term : terms) {
      Complex value = value(term);
      largest = Math.max(largest, value.abs());
      total = total.plus(value);
    }
    return total;
  }

  private static Complex root(Complex radicand, Complex index) {
    if (index.im() != 0 || index.re() == 0) {
      return Complex.NAN;
    }
    if (index.re() == 2) {
      return radicand.sqrt();
    }
    boolean odd = index.re() == Math.rint(index.re()) && index.re() % 2 != 0;
    if (odd && radicand.im() == 0 && radicand.re() < 0) {
      return Complex.of(-Math.pow(-radicand.re(), 1 / index.re()));
    }
    return radicand.power(Complex.of(1 / index.re()));
  }

  private Complex function(Node.Fn node) {
    Func function = node.function();
    double outer = degree;
    degree = function.trigonometric() ? Math.PI / 180 : outer;
    List<Complex> values = new ArrayList<>();
    for (Node argument : node.arguments()) {
      values.add(value(argument));
    }
    degree = outer;
    Complex x = values.get(0);
    if (!x.finite()) {
      return Complex.NAN;
    }
    Complex result =
        function.transcendental()
            ? transcendental(function, values)
            : wholeOrReal(function, values);
    if (function.transcendental()) {
      largest = Math.max(largest, Math.min(1, x.abs()));
      largest = Math.max(largest, result.abs());
    }
    return result;
  }

  private static Complex transcendental(Func function, List<Complex> values) {
    Complex x = values.get(0);
    return switch (function) {
      case SIN -> x.sin();
      case COS -> x.cos();
      case TAN -> x.sin().over(x.cos());
      case COT -> x.cos().over(x.sin());
      case SEC -> Complex.ONE.over(x.cos());
      case CSC -> Complex.ONE.over(x.sin());
      case ARCSIN -> x.arcsin();
      case ARCCOS -> x.arccos();
      case ARCTAN -> x.arctan();
      case ARCCOT -> Complex.of(Math.PI / 2).minus(x.arctan());
      case ARCSEC -> Complex.ONE.over(x).arccos();
      case ARCCSC -> Complex.ONE.over(x).arcsin();
      case SINH -> x.exp().minus(x.negated().exp()).times(Complex.of(0.5));
      case COSH -> x.exp().plus(x.negated().exp()).times(Complex.of(0.5));
      case TANH -> x.exp().minus(x.negated().exp()).over(x.exp().plus(x.negated().exp()));
      case EXP -> x.exp();
      case LOG -> values.size() == 1 ? x.log() : x.log().over(values.get(1).log());
      case ABS, FLOOR, CEIL, FACTORIAL, BINOMIAL, MIN, MAX, GCD, LCM, RE, IM, SIGN -> Complex.NAN;
    };
  }

  private static Complex wholeOrReal(Func function, List<Complex> values) {
    Complex x = values.get(0);
    if (function == Func.ABS) {
      return Complex.of(x.abs());
    }
    if (function == Func.RE || function == Func.IM) {
      return Complex.of(function == Func.RE ? x.re() : x.im());
    }
    if (!values.stream().allMatch(value -> value.finite() && value.im() == 0)) {
      return Complex.NAN;
    }
    double re = x.re();
    return switch (function) {
      case FLOOR -> Complex.of(Math.floor(nearest(re)));
      case CEIL -> Complex.of(Math.ceil(nearest(re)));
      case SIGN -> Complex.of(Math.signum(re));
      case MIN -> Complex.of(values.stream().mapToDouble(Complex::re).min().orElse(Double.NaN));
      case MAX -> Complex.of(values.stream().mapToDouble(Complex::re).max().orElse(Double.NaN));
      case FACTORIAL -> Complex.of(factorial(re));
      case BINOMIAL -> Complex.of(binomial(re, values.get(1).re()));
      default -> Complex.NAN;
    };
  }

  /** Whole numbers that rounding moved a little are whole again. */
  private static double nearest(double value) {
    double whole = Math.rint(value);
    return Math.abs(value - whole) < 1e-12 * Math.max(1, Math.abs(value)) ? whole : value;
  }

  private static double factorial(double of) {
    if (of < 0 || of != Math.rint(of) || of > TABULATED) {
      return Double.NaN;
    }
    double product = 1;
    for (int i = 2; i <= of; i++) {
      product *= i;
    }
    return product;
  }

  private static double binomial(double of, double choose) {
    if (of != Math.rint(of)
        || choose != Math.rint(choose)
        || choose < 0
        || of < 0
        || choose > TABULATED) {
      return Double.NaN;
    }
    double product = 1;
    for (int i = 0; i < choose; i++) {
      product = product * (of - i) / (i + 1);
    }
    return Math.rint(product);
  }
}
