package dev.sponge.rl.reward.math;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Equality of values: exact, then modulo primes, then in doubles. */
final class ScalarComparer {
  private static final double TOLERANCE = 1e-11;

  /** Of constants, which have no points at which they could differ more. */
  private static final double CONSTANT_TOLERANCE = 1e-13;

  private static final double ROUNDING = 1e-13;

  /** Decimals that agree after rounding must also agree to this part of their size. */
  private static final double SMALL_DECIMALS = 1e-4;

  private static final BigDecimal PRECISE = new BigDecimal("1e-50");
  private static final int USABLE = 3;

  private final VerifyOptions options;
  private final Budget budget;

  ScalarComparer(VerifyOptions options, Budget budget) {
    this.options = options;
    this.budget = budget;
  }

  Comparison compare(Node gold, Node answer) {
    Exact exact = new Exact(options.limits(), budget, Map.of());
    Fraction first = exact.value(gold);
    Fraction second = exact.value(answer);
    boolean decimals = decimal(gold) || decimal(answer);
    if (first != null && second != null) {
      if (first.equals(second)) {
        return Comparison.of(true, Method.EXACT);
      }
      return decimals && rounded(first, second)
          ? Comparison.of(true, Method.NUMERIC)
          : Comparison.of(false, Method.EXACT);
    }
    if (options.decimals() == 0 && approximates(first, gold, second, answer)) {
      return Comparison.of(false, Method.EXACT);
    }
    Set<String> names = new TreeSet<>(Nodes.variables(gold));
    names.addAll(Nodes.variables(answer));
    Boolean modular = modular(gold, answer, names);
    if (modular != null && (modular || !decimals || !names.isEmpty())) {
      return Comparison.of(modular, Method.MODULAR);
    }
    return Comparison.of(numeric(gold, answer, names, decimals), Method.NUMERIC);
  }

  /** Whether one side is a rational number written in decimals and the other is neither. */
  private static boolean approximates(Fraction first, Node gold, Fraction second, Node answer) {
    return first == null
        ? second != null && decimal(answer) && !decimal(gold)
        : decimal(gold) && !decimal(answer);
  }

  /** Whether a literal with decimals stands in the node. */
  private static boolean decimal(Node node) {
    boolean[] found = {false};
    decimal(node, found);
    return found[0];
  }

  private static Node decimal(Node node, boolean[] found) {
    found[0] |= node instanceof Node.Num number && number.decimal();
    return found[0] ? node : node.mapped(child -> decimal(child, found));
  }

  private boolean rounded(Fraction first, Fraction second) {
    if (options.decimals() == 0) {
      return false;
    }
    if (options.exactDecimals() && first.terminating(budget) && second.terminating(budget)) {
      return false;
    }
    budget.spend(1L + first.bits() + second.bits());
    BigDecimal left = decimal(first);
    BigDecimal right = decimal(second);
    return round(left).compareTo(round(right)) == 0 && near(left, right);
  }

  private static BigDecimal decimal(Fraction value) {
    int digits = 40 + value.bits() / 3;
    return new BigDecimal(value.numerator())
        .divide(new BigDecimal(value.denominator()), new MathContext(digits));
  }

  private BigDecimal round(BigDecimal value) {
    return value.setScale(options.decimals(), RoundingMode.HALF_EVEN);
  }

  private static boolean near(BigDecimal left, BigDecimal right) {
    BigDecimal larger = left.abs().max(right.abs());
    return left.subtract(right).abs().compareTo(larger.multiply(BigDecimal.valueOf(SMALL_DECIMALS)))
        <= 0;
  }

  /** Equality as rational functions; null if they are none, or not defined at enough points. */
  private Boolean modular(Node gold, Node answer, Set<String> names) {
    Set<String> whole = new TreeSet<>(Points.wholeVariables(gold));
    whole.addAll(Points.wholeVariables(answer));
    int usable = 0;
    for (int point = 0; point < Points.COUNT && (usable < USABLE || !whole.isEmpty()); point++) {
      Boolean equal = modularAt(gold, answer, names, whole, point, Points.MERSENNE);
      if (Boolean.FALSE.equals(equal)) {
        return false;
      }
      usable += equal == null ? 0 : 1;
      if (usable == 0 && point == 3) {
        return null;
      }
    }
    if (usable < USABLE) {
      return null;
    }
    long second = Points.secondPrime(Canonical.text(gold), Canonical.text(answer));
    for (int point = 0; point < Points.COUNT; point++) {
      Boolean equal = modularAt(gold, answer, names, whole, point, second);
      if (equal != null) {
        return equal;
      }
    }
    return true;
  }

  private Boolean modularAt(
      Node gold, Node answer, Set<String> names, Set<String> whole, int point, long prime) {
    Map<String, Fraction> fixed = Points.whole(whole, point);
    Exact exact = new Exact(options.limits(), budget, fixed);
    Modular modular = new Modular(prime, Points.modular(names, fixed, point, prime), exact, budget);
    long first = modular.value(gold);
    long second = first == Modular.NONE ? first : modular.value(answer);
    return second == Modular.NONE ? null : first == second;
  }

  private boolean numeric(Node gold, Node answer, Set<String> names, boolean decimals) {
    List<Map<String, Double>> points = names.isEmpty() ? List.of(Map.of()) : Points.real(names);
    int usable = 0;
    for (int i = 0; i < points.size(); i++) {
      Boolean equal = precise(gold, answer, points.get(i));
      equal = equal == null ? doubles(gold, answer, points.get(i), i >= Points.NEGATIVE) : equal;
      if (equal != null && !equal && !(decimals && names.isEmpty() && rounded(gold, answer))) {
        return false;
      }
      usable += equal == null ? 0 : 1;
    }
    return usable >= Math.min(USABLE, points.size());
  }

  /** Equality to fifty digits at a point; null if a side has no such value there. */
  private Boolean precise(Node gold, Node answer, Map<String, Double> point) {
    Precise precise = new Precise(point, budget);
    BigDecimal first = precise.value(gold);
    BigDecimal second = first == null ? null : precise.value(answer);
    if (second == null) {
      return null;
    }
    BigDecimal size = first.abs().max(second.abs()).max(precise.largest());
    return first.subtract(second, Precise.DIGITS).abs().compareTo(size.multiply(PRECISE)) <= 0;
  }

  /**
   * Equality in doubles at a point; null if a side has no value there, or is complex where the
   * variables are negative.
   */
  private Boolean doubles(Node gold, Node answer, Map<String, Double> point, boolean negative) {
    Numeric numeric = new Numeric(point, budget);
    Complex first = numeric.value(gold);
    Complex second = numeric.value(answer);
    if (!first.finite() || !second.finite() || (negative && !(first.real() && second.real()))) {
      return null;
    }
    return near(first, second, numeric.largest(), point.isEmpty() ? CONSTANT_TOLERANCE : TOLERANCE);
  }

  /** Whether two constants differ by at most a part of their size. */
  boolean near(Node first, Node second, double part) {
    if (!Nodes.variables(first).isEmpty() || !Nodes.variables(second).isEmpty()) {
      return false;
    }
    Complex left = new Numeric(Map.of(), budget).value(first);
    Complex right = new Numeric(Map.of(), budget).value(second);
    return left.finite()
        && right.finite()
        && left.minus(right).abs() <= part * Math.max(left.abs(), right.abs());
  }

  private static boolean near(Complex first, Complex second, double largest, double part) {
    double difference = first.minus(second).abs();
    return difference <= part * Math.max(first.abs(), second.abs())
        || difference <= ROUNDING * largest;
  }

  private boolean rounded(Node gold, Node answer) {
    Complex first = new Numeric(Map.of(), budget).value(gold);
    Complex second = new Numeric(Map.of(), budget).value(answer);
    if (options.decimals() == 0
        || !first.real()
        || !second.real()
        || Math.abs(first.re()) > 1e9
        || Math.abs(second.re()) > 1e9) {
      return false;
    }
    BigDecimal left = BigDecimal.valueOf(first.re());
    BigDecimal right = BigDecimal.valueOf(second.re());
    return round(left).compareTo(round(right)) == 0 && near(left, right);
  }

  /**
   * The constant ratio of two expressions: 0 if there is none, otherwise its sign. Both must depend
   * on a variable.
   *
   * @return 1 or -1 if gold is that sign times a positive constant times answer; 0 otherwise or if
   *     it cannot be told
   */
  int ratioSign(Node gold, Node answer) {
    Set<String> names = new TreeSet<>(Nodes.variables(gold));
    names.addAll(Nodes.variables(answer));
    if (names.isEmpty()) {
      return 0;
    }
    Complex ratio = null;
    boolean varies = false;
    Complex before = null;
    int usable = 0;
    List<Map<String, Double>> points = Points.real(names);
    for (int i = 0; i < 7; i++) {
      Numeric numeric = new Numeric(points.get(i), budget);
      Complex first = numeric.value(gold);
      Complex second = numeric.value(answer);
      double noise = ROUNDING * 100 * numeric.largest();
      if (!first.finite() || !second.finite() || second.abs() <= noise || first.abs() <= noise) {
        continue;
      }
      Complex here = first.over(second);
      varies |= before != null && !near(before, first, numeric.largest(), TOLERANCE);
      before = first;
      if (ratio != null && here.minus(ratio).abs() > 1e-9 * ratio.abs()) {
        return 0;
      }
      ratio = ratio == null ? here : ratio;
      usable++;
    }
    if (ratio == null || usable < USABLE || !varies || Math.abs(ratio.im()) > 1e-9 * ratio.abs()) {
      return 0;
    }
    return confirmed(gold, answer, names) ? (ratio.re() > 0 ? 1 : -1) : 0;
  }

  /**
   * Doubles cannot tell large powers apart: where the expressions are rational, their ratio must be
   * constant modulo a prime too.
   */
  private boolean confirmed(Node gold, Node answer, Set<String> names) {
    Set<String> whole = new TreeSet<>(Points.wholeVariables(gold));
    whole.addAll(Points.wholeVariables(answer));
    Node ratio = new Node.Div(gold, answer);
    long constant = Modular.NONE;
    for (int point = 0; point < Points.COUNT; point++) {
      Map<String, Fraction> fixed = Points.whole(whole, point);
      Map<String, Long> values =
          Points.withConstants(
              Points.modular(names, fixed, point, Points.MERSENNE), 0, Points.MERSENNE);
      long here =
          new Modular(Points.MERSENNE, values, new Exact(options.limits(), budget, fixed), budget)
              .value(ratio);
      if (here != Modular.NONE && constant != Modular.NONE && here != constant) {
        return false;
      }
      constant = here == Modular.NONE ? constant : here;
    }
    return true;
  }
}
