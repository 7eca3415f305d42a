package dev.sponge.rl.reward.math;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** The meaning of an answer; immutable. */
sealed interface Node {
  /** The node with each child replaced; a leaf itself. */
  default Node mapped(UnaryOperator<Node> child) {
    return this;
  }

  private static List<Node> all(List<Node> nodes, UnaryOperator<Node> child) {
    List<Node> mapped = new ArrayList<>(nodes.size());
    for (Node node : nodes) {
      mapped.add(child.apply(node));
    }
    return mapped;
  }

  /** What is added, multiplied, compared by value. */
  sealed interface Scalar extends Node {}

  /**
   * A number as written.
   *
   * @param value exact value
   * @param decimal whether it was written with a decimal point or an exponent
   */
  record Num(BigDecimal value, boolean decimal) implements Scalar {
    static Num of(long value) {
      return new Num(BigDecimal.valueOf(value), false);
    }
  }

  /** A variable, with its index and primes. */
  record Sym(String name) implements Scalar {}

  /** A named number. */
  enum Const implements Scalar {
    PI,
    E,
    I,
    INFINITY
  }

  /** A sum. */
  record Add(List<Node> terms) implements Scalar {
    public Add {
      terms = List.copyOf(terms);
    }

    @Override
    public Node mapped(UnaryOperator<Node> child) {
      return new Add(all(terms, child));
    }
  }

  /** A product, factors in the order written. */
  record Mul(List<Node> factors) implements Scalar {
    public Mul {
      factors = List.copyOf(factors);
    }

    @Override
    public Node mapped(UnaryOperator<Node> child) {
      return new Mul(all(factors, child));
    }
  }

  /** A quotient. */
  record Div(Node numerator, Node denominator) implements Scalar {
    @Override
    public Node mapped(UnaryOperator<Node> child) {
      return new Div(child.apply(numerator), child.apply(denominator));
    }
  }

  /** A power. */
  record Pow(Node base, Node exponent) implements Scalar {
    @Override
    public Node mapped(UnaryOperator<Node> child) {
      return new Pow(child.apply(base), child.apply(exponent));
    }
  }

  /** A root; of odd index also of negative numbers. */
  record Root(Node radicand, Node index) implements Scalar {
    @Override
    public Node mapped(UnaryOperator<Node> child) {
      return new Root(child.apply(radicand), child.apply(index));
    }
  }

  /** A known function of one or two arguments. */
  record Fn(Func function, List<Node> arguments) implements Scalar {
    public Fn {
      arguments = List.copyOf(arguments);
    }

    @Override
    public Node mapped(UnaryOperator<Node> child) {
      return new Fn(function, all(arguments, child));
    }
  }

  /** An unknown function's value: equal where function and arguments are equal as text. */
  record Call(String function, List<Node> arguments) implements Scalar {
    public Call {
      arguments = List.copyOf(arguments);
    }

    @Override
    public Node mapped(UnaryOperator<Node> child) {
      return new Call(function, all(arguments, child));
    }
  }

  /** A number of percents. */
  record Percent(Node value) implements Scalar {
    @Override
    public Node mapped(UnaryOperator<Node> child) {
      return new Percent(child.apply(value));
    }
  }

  /**
   * A number of degrees; its value is the number, only angles of trigonometric functions are
   * converted.
   *
   * @param value how many
   * @param scale degree, celsius or fahrenheit
   */
  record Degree(Node value, String scale) implements Scalar {
    @Override
    public Node mapped(UnaryOperator<Node> child) {
      return new Degree(child.apply(value), scale);
    }
  }

  /** Numbers separated by colons: a ratio or a time of day. */
  record Ratio(List<Node> parts) implements Node {
    public Ratio {
      parts = List.copyOf(parts);
    }

    @Override
    public Node mapped(UnaryOperator<Node> child) {
      return new Ratio(all(parts, child));
    }
  }

  /** Digits in a base that was written as index. */
  record Based(String digits, int base) implements Scalar {}

  /** Plus-minus (sign 1) or minus-plus (sign -1) before a term; gone once the answer is parsed. */
  record PlusMinus(int sign, Node term) implements Scalar {
    @Override
    public Node mapped(UnaryOperator<Node> child) {
      return new PlusMinus(sign, child.apply(term));
    }
  }

  /**
   * A value with a unit.
   *
   * @param value what was measured
   * @param unit canonical unit; as written if it is not known
   * @param known whether the unit is in the table
   */
  record Quantity(Node value, String unit, boolean known) implements Node {
    @Override
    public Node mapped(UnaryOperator<Node> child) {
      return new Quantity(child.apply(value), unit, known);
    }
  }

  /** Rows of entries. */
  record Matrix(List<List<Node>> rows) implements Node {
    public Matrix {
      rows = rows.stream().map(List::copyOf).toList();
    }

    @Override
    public Node mapped(UnaryOperator<Node> child) {
      return new Matrix(rows.stream().map(row -> all(row, child)).toList());
    }
  }

  /** Words; compared without case, spaces and punctuation. */
  record Text(String words) implements Node {}

  /**
   * Items without brackets; any order.
   *
   * @param items at least two
   * @param alternatives whether an "or" stands between them
   */
  record Items(List<Node> items, boolean alternatives) implements Node {
    public Items {
      items = List.copyOf(items);
    }

    @Override
    public Node mapped(UnaryOperator<Node> child) {
      return new Items(all(items, child), alternatives);
    }
  }

  /** Items in braces; any order, doubles do not count. */
  record Set(List<Node> items) implements Node {
    public Set {
      items = List.copyOf(items);
    }

    @Override
    public Node mapped(UnaryOperator<Node> child) {
      return new Set(all(items, child));
    }
  }

  /** Items in round or square brackets, in order; two of them may be the ends of an interval. */
  record Tuple(boolean openLeft, List<Node> items, boolean openRight) implements Node {
    public Tuple {
      items = List.copyOf(items);
    }

    @Override
    public Node mapped(UnaryOperator<Node> child) {
      return new Tuple(openLeft, all(items, child), openRight);
    }
  }

  /** A union, an intersection or a difference of sets. */
  record SetOp(Kind kind, List<Node> operands) implements Node {
    /** Which. */
    enum Kind {
      UNION,
      INTERSECTION,
      DIFFERENCE
    }

    public SetOp {
      operands = List.copyOf(operands);
    }

    @Override
    public Node mapped(UnaryOperator<Node> child) {
      return new SetOp(kind, all(operands, child));
    }
  }

  /** A set with a name: reals, integers, the empty set. */
  record NamedSet(String name) implements Node {}

  /** An element of a set, or not. */
  record In(Node element, Node set, boolean negated) implements Node {
    @Override
    public Node mapped(UnaryOperator<Node> child) {
      return new In(child.apply(element), child.apply(set), negated);
    }
  }

  /** A chain of sides with relations between them. */
  record Relation(List<Node> sides, List<Rel> relations) implements Node {
    public Relation {
      sides = List.copyOf(sides);
      relations = List.copyOf(relations);
    }

    @Override
    public Node mapped(UnaryOperator<Node> child) {
      return new Relation(all(sides, child), relations);
    }
  }

  /** How two sides are related. */
  enum Rel {
    EQ("="),
    NE("!="),
    LT("<"),
    LE("<="),
    GT(">"),
    GE(">="),
    APPROX("~");

    private final String sign;

    Rel(String sign) {
      this.sign = sign;
    }

    String sign() {
      return sign;
    }

    /** The relation of the sides swapped. */
    Rel flipped() {
      return switch (this) {
        case LT -> GT;
        case LE -> GE;
        case GT -> LT;
        case GE -> LE;
        case EQ, NE, APPROX -> this;
      };
    }

    boolean ordered() {
      return this == LT || this == LE || this == GT || this == GE;
    }
  }
}
