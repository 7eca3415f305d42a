package dev.sponge.rl.reward.math;

import java.math.BigDecimal;
import java.util.List;

/** The meaning of an answer; immutable. */
sealed interface Node {
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
  }

  /** A product, factors in the order written. */
  record Mul(List<Node> factors) implements Scalar {
    public Mul {
      factors = List.copyOf(factors);
    }
  }

  /** A quotient. */
  record Div(Node numerator, Node denominator) implements Scalar {}

  /** A power. */
  record Pow(Node base, Node exponent) implements Scalar {}

  /** A root; of odd index also of negative numbers. */
  record Root(Node radicand, Node index) implements Scalar {}

  /** A known function of one or two arguments. */
  record Fn(Func function, List<Node> arguments) implements Scalar {
    public Fn {
      arguments = List.copyOf(arguments);
    }
  }

  /** An unknown function's value: equal where function and arguments are equal as text. */
  record Call(String function, List<Node> arguments) implements Scalar {
    public Call {
      arguments = List.copyOf(arguments);
    }
  }

  /** A number of percents. */
  record Percent(Node value) implements Scalar {}

  /** Digits in a base that was written as index. */
  record Based(String digits, int base) implements Scalar {}

  /** Plus-minus (sign 1) or minus-plus (sign -1) before a term; gone once the answer is parsed. */
  record PlusMinus(int sign, Node term) implements Scalar {}

  /**
   * A value with a unit.
   *
   * @param value what was measured
   * @param unit canonical unit; as written if it is not known
   * @param known whether the unit is in the table
   */
  record Quantity(Node value, String unit, boolean known) implements Node {}

  /** Rows of entries. */
  record Matrix(List<List<Node>> rows) implements Node {
    public Matrix {
      rows = rows.stream().map(List::copyOf).toList();
    }
  }

  /** Words; compared without case, spaces and punctuation. */
  record Text(String words) implements Node {}

  /** Items separated by commas, without brackets; any order. */
  record Items(List<Node> items) implements Node {
    public Items {
      items = List.copyOf(items);
    }
  }

  /** Items in braces; any order, doubles do not count. */
  record Set(List<Node> items) implements Node {
    public Set {
      items = List.copyOf(items);
    }
  }

  /** Items in round or square brackets, in order; two of them may be the ends of an interval. */
  record Tuple(boolean openLeft, List<Node> items, boolean openRight) implements Node {
    public Tuple {
      items = List.copyOf(items);
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
  }

  /** A set with a name: reals, integers, the empty set. */
  record NamedSet(String name) implements Node {}

  /** An element of a set, or not. */
  record In(Node element, Node set, boolean negated) implements Node {}

  /** A chain of sides with relations between them. */
  record Relation(List<Node> sides, List<Rel> relations) implements Node {
    public Relation {
      sides = List.copyOf(sides);
      relations = List.copyOf(relations);
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
