package dev.sponge.rl.reward.math;

import static java.util.Objects.requireNonNull;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * Sums, products, powers and what follows a primary expression. Recursion only where something
 * nests.
 */
final class ScalarGrammar {
  private static final Node MINUS_ONE = Node.Num.of(-1);

  /** Most powers, factorials and the like of one expression; each is a level of the tree. */
  private static final int POSTFIXES = 6;

  private final Cursor cursor;
  private final PrimaryGrammar primaries;

  /** Bars of absolute values that are open. */
  private int bars;

  ScalarGrammar(Cursor cursor, AnswerGrammar structures) {
    this.cursor = cursor;
    this.primaries = new PrimaryGrammar(cursor, this, structures);
  }

  /** A sum of terms. */
  Node sum() {
    cursor.enter();
    List<Node> terms = new ArrayList<>();
    terms.add(term(leadingSign()));
    while (true) {
      int sign = signHere();
      if (sign == 0) {
        break;
      }
      cursor.take();
      int inner = leadingSign();
      if (inner == 1) {
        terms.add(term(sign));
      } else if (sign == 1) {
        terms.add(term(inner));
      } else if (Math.abs(sign) == 1 && Math.abs(inner) == 1) {
        terms.add(term(sign * inner));
      } else {
        throw cursor.unexpected();
      }
    }
    cursor.leave();
    return terms.size() == 1 ? terms.get(0) : new Node.Add(terms);
  }

  /** 1 or -1 for plus or minus, 2 or -2 for plus-minus or minus-plus, 0 if no sign is next. */
  private int signHere() {
    Token token = cursor.peek();
    if (token.sign('+')) {
      return 1;
    }
    if (token.sign('-')) {
      return -1;
    }
    return token.command("pm") ? 2 : token.command("mp") ? -2 : 0;
  }

  private int leadingSign() {
    int sign = 1;
    for (int next = signHere(); next != 0; next = signHere()) {
      if (Math.abs(next) == 2) {
        if (sign != 1) {
          throw cursor.unexpected();
        }
        cursor.take();
        return next;
      }
      sign *= next;
      cursor.take();
    }
    return sign;
  }

  private Node term(int sign) {
    Node value = product();
    return switch (sign) {
      case 1 -> value;
      case -1 -> negated(value);
      default -> new Node.PlusMinus(sign / 2, value);
    };
  }

  static Node negated(Node value) {
    if (value instanceof Node.Num number) {
      return new Node.Num(number.value().negate(), number.decimal());
    }
    List<Node> factors = new ArrayList<>();
    factors.add(MINUS_ONE);
    if (value instanceof Node.Mul product) {
      factors.addAll(product.factors());
    } else {
      factors.add(value);
    }
    return new Node.Mul(factors);
  }

  /**
   * Factors with or without signs between them. What stands side by side binds closer than a slash,
   * a fraction of two numbers closest.
   */
  private Node product() {
    List<Node> factors = new ArrayList<>();
    List<Node> divisors = new ArrayList<>();
    juxtaposed(factors);
    while (true) {
      if (cursor.skip('*') || cursor.skipCommand("cdot") || cursor.skipCommand("times")) {
        signedFactors(factors);
      } else if (cursor.skip('/') || cursor.skipCommand("div")) {
        boolean numbers =
            cursor.peek().kind() == Token.Kind.NUMBER
                && factors.get(factors.size() - 1) instanceof Node.Num;
        if (numbers) {
          divisors.add(postfixed());
        } else {
          signedFactors(divisors);
        }
        if (numbers && startsFactor()) {
          juxtaposed(factors);
        }
      } else {
        return divisors.isEmpty()
            ? joined(factors)
            : new Node.Div(joined(factors), joined(divisors));
      }
    }
  }

  private void signedFactors(List<Node> factors) {
    if (leadingSign() == -1) {
      factors.add(MINUS_ONE);
    }
    juxtaposed(factors);
  }

  private static Node joined(List<Node> factors) {
    return factors.size() == 1 ? factors.get(0) : new Node.Mul(factors);
  }

  private void juxtaposed(List<Node> factors) {
    boolean first = true;
    do {
      if (!first && cursor.peek().kind() == Token.Kind.NUMBER && !numberMayFollow()) {
        throw Refusal.unparsed("two numbers side by side");
      }
      Node factor = postfixed();
      Node mixed = first ? mixedNumber(factor) : null;
      factors.add(mixed == null ? factor : mixed);
      first = false;
    } while (startsFactor());
  }

  /**
   * A number may follow a closing bracket, a command or, after a space, a letter; never another
   * number.
   */
  private boolean numberMayFollow() {
    Token before = cursor.peek(-1);
    return before.kind() == Token.Kind.SIGN
        || before.kind() == Token.Kind.COMMAND
        || (before.kind() == Token.Kind.LETTER && cursor.peek().spaced());
  }

  /** 1\frac{4}{5} and 1 4/5 are sums; null if the number is followed by something else. */
  private Node mixedNumber(Node whole) {
    if (!(whole instanceof Node.Num number)
        || number.decimal()
        || cursor.peek(-1).kind() != Token.Kind.NUMBER) {
      return null;
    }
    int start = cursor.position();
    if (cursor.peek().command("frac")) {
      Node fraction = postfixed();
      if (proper(fraction)) {
        return new Node.Add(List.of(whole, fraction));
      }
    } else if (cursor.peek().kind() == Token.Kind.NUMBER
        && cursor.peek(1).sign('/')
        && cursor.peek(2).kind() == Token.Kind.NUMBER) {
      Node numerator = primaries.number(cursor.take());
      cursor.take();
      Node fraction = new Node.Div(numerator, primaries.number(cursor.take()));
      if (proper(fraction)) {
        return new Node.Add(List.of(whole, fraction));
      }
    }
    cursor.back(start);
    return null;
  }

  private static boolean proper(Node node) {
    return node instanceof Node.Div fraction
        && fraction.numerator() instanceof Node.Num above
        && fraction.denominator() instanceof Node.Num below
        && !above.decimal()
        && !below.decimal()
        && above.value().signum() > 0
        && above.value().compareTo(below.value()) < 0;
  }

  /** Whether what follows is multiplied although no sign stands between. */
  boolean startsFactor() {
    Token token = cursor.peek();
    return switch (token.kind()) {
      case NUMBER, LETTER -> true;
      case COMMAND -> PrimaryGrammar.starts(token.text());
      case SIGN ->
          token.sign('(') || token.sign('{') || token.sign('[') || (token.sign('|') && bars == 0);
      case WORDS, END -> false;
    };
  }

  /** A primary expression with its factorials, powers, primes, degrees and percent signs. */
  Node postfixed() {
    Node value = primaries.primary();
    for (int count = 0; ; count++) {
      if (count > POSTFIXES) {
        throw Refusal.limit("too many powers in a row");
      }
      Token next = cursor.peek();
      if (next.sign('!')) {
        cursor.take();
        if (cursor.peek().sign('!')) {
          throw Refusal.unparsed("double factorial");
        }
        value = new Node.Fn(Func.FACTORIAL, List.of(value));
      } else if (next.sign('%')) {
        cursor.take();
        value = AnswerGrammar.percent(value);
      } else if (next.sign('^')) {
        cursor.take();
        value = power(value);
      } else if (next.sign('\'') || next.command("prime")) {
        cursor.take();
        value = primed(value, 1);
      } else if (next.command("circ")) {
        cursor.take();
        value = degrees(value);
      } else {
        return value;
      }
    }
  }

  private Node power(Node base) {
    boolean braced = cursor.peek().sign('{');
    int start = cursor.position();
    if (braced) {
      cursor.take();
    }
    int primes = 0;
    while (cursor.skip('\'') || cursor.skipCommand("prime")) {
      primes++;
    }
    if (primes > 0) {
      closeExponent(braced);
      return primed(base, primes);
    }
    if (cursor.skipCommand("circ")) {
      closeExponent(braced);
      return degrees(base);
    }
    if (cursor.peek().kind() == Token.Kind.WORDS && UnitTable.ordinal(cursor.peek().text())) {
      cursor.take();
      closeExponent(braced);
      return base;
    }
    cursor.back(start);
    return new Node.Pow(base, exponent());
  }

  private void closeExponent(boolean braced) {
    if (braced) {
      cursor.expect('}');
    }
  }

  /**
   * What a caret raises to: a group, a signed number, a letter or a command; powers of powers to
   * the right.
   */
  private Node exponent() {
    List<Node> tower = new ArrayList<>();
    do {
      boolean minus = cursor.skip('-');
      Node level = primaries.argument(true);
      tower.add(minus ? negated(level) : level);
      if (tower.size() > POSTFIXES) {
        throw Refusal.limit("a tower of powers");
      }
    } while (cursor.skip('^'));
    Node exponent = tower.get(tower.size() - 1);
    for (int i = tower.size() - 2; i >= 0; i--) {
      exponent = new Node.Pow(tower.get(i), exponent);
    }
    return exponent;
  }

  private static Node primed(Node value, int primes) {
    if (value instanceof Node.Sym symbol) {
      return new Node.Sym(symbol.name() + "'".repeat(primes));
    }
    if (value instanceof Node.Num number) {
      return new Node.Degree(number, primes == 1 ? "arcminute" : "arcsecond");
    }
    throw Refusal.unparsed("prime after an expression");
  }

  private Node degrees(Node value) {
    Token next = cursor.peek();
    if (next.kind() == Token.Kind.LETTER && (next.text().equals("C") || next.text().equals("F"))) {
      cursor.take();
      return new Node.Degree(value, next.text().equals("C") ? "celsius" : "fahrenheit");
    }
    return new Node.Degree(value, "degree");
  }

  /** An absolute value, its first bar passed. */
  Node absolute() {
    bars++;
    Node value = sum();
    bars--;
    cursor.expect('|');
    return new Node.Fn(Func.ABS, List.of(value));
  }

  /** Something between brackets, where bars are open no longer. */
  Node bracketed(java.util.function.Supplier<Node> content) {
    int outer = bars;
    bars = 0;
    Node value = requireNonNull(content.get());
    bars = outer;
    return value;
  }

  /** The value of digits, perhaps with a point, repeating digits or an exponent. */
  static Node value(String digits) {
    int bracket = digits.indexOf('(');
    if (bracket < 0) {
      boolean decimal = digits.indexOf('.') >= 0 || digits.indexOf('e') >= 0;
      return new Node.Num(new BigDecimal(digits), decimal);
    }
    String fixed = digits.substring(0, bracket);
    String repeated = digits.substring(bracket + 1, digits.length() - 1);
    BigDecimal head = new BigDecimal(fixed + "0");
    int shift = fixed.length() - fixed.indexOf('.') - 1;
    BigInteger nines =
        BigInteger.TEN
            .pow(repeated.length())
            .subtract(BigInteger.ONE)
            .multiply(BigInteger.TEN.pow(shift));
    Node tail =
        new Node.Div(
            new Node.Num(new BigDecimal(repeated), false),
            new Node.Num(new BigDecimal(nines), false));
    return new Node.Add(List.of(new Node.Num(head, false), tail));
  }
}
