package dev.sponge.rl.reward;

import java.util.ArrayList;
import java.util.List;

/**
 * An expression of numbers, {@code + - * /} and parentheses with its exact value. Length, depth and
 * the number of operands are bounded, so the value is too.
 */
final class CountdownExpression {
  private static final int LONGEST = 1_000;
  private static final int DEEPEST = 50;
  private static final int MOST_DIGITS = 10;

  private final String text;
  private final int mostNumbers;
  private final List<Long> numbers = new ArrayList<>();
  private int at;
  private Fraction value;

  /** The text is no expression, or has no value. */
  static final class Unusable extends Exception {
    private static final long serialVersionUID = 1L;

    Unusable(String message) {
      super(message);
    }
  }

  private CountdownExpression(String text, int mostNumbers) {
    this.text = text;
    this.mostNumbers = mostNumbers;
  }

  /**
   * @param mostNumbers operands that it may have
   */
  static CountdownExpression parse(String text, int mostNumbers) throws Unusable {
    if (text.length() > LONGEST) {
      throw new Unusable("an expression of " + text.length() + " characters");
    }
    String plain =
        text.replace("\\times", "*")
            .replace("\\cdot", "*")
            .replace("\\div", "/")
            .replace('×', '*')
            .replace('÷', '/')
            .replace('−', '-');
    CountdownExpression expression = new CountdownExpression(plain.strip(), mostNumbers);
    expression.value = expression.sum(0);
    if (expression.at < expression.text.length()) {
      throw new Unusable("no expression");
    }
    return expression;
  }

  /** The numbers in it, in their order. */
  List<Long> numbers() {
    return numbers;
  }

  Fraction value() {
    return value;
  }

  private Fraction sum(int depth) throws Unusable {
    Fraction sum = product(depth);
    while (true) {
      if (taken('+')) {
        sum = sum.plus(product(depth));
      } else if (taken('-')) {
        sum = sum.minus(product(depth));
      } else {
        return sum;
      }
    }
  }

  private Fraction product(int depth) throws Unusable {
    Fraction product = operand(depth);
    while (true) {
      if (taken('*')) {
        product = product.times(operand(depth));
      } else if (taken('/')) {
        Fraction divisor = operand(depth);
        if (divisor.isZero()) {
          throw new Unusable("division by 0");
        }
        product = product.dividedBy(divisor);
      } else {
        return product;
      }
    }
  }

  private Fraction operand(int depth) throws Unusable {
    if (taken('(')) {
      if (depth == DEEPEST) {
        throw new Unusable("parentheses nested too deeply");
      }
      Fraction inner = sum(depth + 1);
      if (!taken(')')) {
        throw new Unusable("no expression");
      }
      return inner;
    }
    int end = at;
    while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
      end++;
    }
    String digits = text.substring(at, end);
    boolean leadingZero = digits.length() > 1 && digits.startsWith("0");
    if (digits.isEmpty() || digits.length() > MOST_DIGITS || leadingZero) {
      throw new Unusable("no expression");
    }
    if (numbers.size() == mostNumbers) {
      throw new Unusable("more numbers than given");
    }
    at = end;
    skipSpace();
    long number = Long.parseLong(digits);
    numbers.add(number);
    return Fraction.of(number);
  }

  private boolean taken(char wanted) {
    if (at >= text.length() || text.charAt(at) != wanted) {
      return false;
    }
    at++;
    skipSpace();
    return true;
  }

  private void skipSpace() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }
}
