package dev.sponge.rl.text.jinja;

import dev.sponge.rl.text.jinja.Expression.Operator;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Python's int (within 64 bits) and float. */
final class PyNumber {
  private static final int MAX_DIGITS = 17;
  private static final int MAX_EXPONENT = 1000;

  private PyNumber() {}

  static Long parseInteger(Token token) {
    String text = token.text().replace("_", "");
    try {
      return text.length() > 1 && Character.isLetter(text.charAt(1))
          ? Long.valueOf(text.substring(2), radix(text.charAt(1)))
          : Long.valueOf(text);
    } catch (NumberFormatException e) {
      throw new JinjaException("the number " + text + " does not fit 64 bits").at(token.line());
    }
  }

  private static int radix(char letter) {
    return switch (Character.toLowerCase(letter)) {
      case 'x' -> 16;
      case 'o' -> 8;
      default -> 2;
    };
  }

  static boolean isNumber(Object value) {
    return value instanceof Long || value instanceof Double || value instanceof Boolean;
  }

  static double real(Object value) {
    return value instanceof Boolean bool ? (bool ? 1 : 0) : ((Number) value).doubleValue();
  }

  /** Of an int or a bool. */
  static long whole(Object value) {
    return value instanceof Boolean bool ? (bool ? 1 : 0) : (Long) value;
  }

  static int compare(Object left, Object right) {
    if (left instanceof Double || right instanceof Double) {
      double difference = real(left) - real(right);
      return real(left) == real(right) ? 0 : difference < 0 ? -1 : 1;
    }
    return Long.compare(whole(left), whole(right));
  }

  static Object arithmetic(Operator operator, Object left, Object right) {
    try {
      return left instanceof Double || right instanceof Double
          ? real(operator, real(left), real(right))
          : whole(operator, whole(left), whole(right));
    } catch (ArithmeticException e) {
      throw new JinjaException("arithmetic failed: " + e.getMessage());
    }
  }

  private static Object whole(Operator operator, long left, long right) {
    return switch (operator) {
      case ADD -> Math.addExact(left, right);
      case SUBTRACT -> Math.subtractExact(left, right);
      case MULTIPLY -> Math.multiplyExact(left, right);
      case DIVIDE -> real(Operator.DIVIDE, (double) left, (double) right);
      case FLOOR_DIVIDE -> Math.floorDiv(left, right);
      case MODULO -> Math.floorMod(left, right);
      case POWER -> right < 0 ? real(operator, (double) left, (double) right) : power(left, right);
    };
  }

  private static Object power(long base, long exponent) {
    if (exponent > MAX_EXPONENT) {
      throw new ArithmeticException("the exponent " + exponent + " is too large");
    }
    long result = 1;
    for (long i = 0; i < exponent; i++) {
      result = Math.multiplyExact(result, base);
    }
    return result;
  }

  private static Object real(Operator operator, double left, double right) {
    boolean divides =
        switch (operator) {
          case DIVIDE, FLOOR_DIVIDE, MODULO -> true;
          case ADD, SUBTRACT, MULTIPLY, POWER -> false;
        };
    if (divides && right == 0) {
      throw new ArithmeticException("division by zero");
    }
    return switch (operator) {
      case ADD -> left + right;
      case SUBTRACT -> left - right;
      case MULTIPLY -> left * right;
      case DIVIDE -> left / right;
      case FLOOR_DIVIDE -> Math.floor(left / right);
      case MODULO -> {
        double rest = left % right;
        yield rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest;
      }
      case POWER -> Math.pow(left, right);
    };
  }

  static Object negated(Object value) {
    if (value instanceof Double number) {
      return -number;
    }
    return arithmetic(Operator.SUBTRACT, 0L, value);
  }

  /** Rounds half to even in decimal, as Python's round on the exact value. */
  static double rounded(double value, int digits, RoundingMode mode) {
    return Double.isFinite(value)
        ? new BigDecimal(value).setScale(digits, mode).doubleValue()
        : value;
  }

  /** Python's repr of a float: the shortest digits that give the number back. */
  static String text(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    } else if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    } else if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal exact = new BigDecimal(Math.abs(value));
    BigDecimal shortest = exact;
    for (int digits = 1; digits <= MAX_DIGITS; digits++) {
      shortest = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
      if (shortest.doubleValue() == Math.abs(value)) {
        break;
      }
    }
    shortest = shortest.stripTrailingZeros();
    String digits = shortest.unscaledValue().toString();
    int exponent = digits.length() - 1 - shortest.scale();
    return (value < 0 ? "-" : "") + layout(digits, exponent, shortest);
  }

  private static String layout(String digits, int exponent, BigDecimal number) {
    if (exponent >= -4 && exponent < 16) {
      String plain = number.toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
    String power = (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    return digits.charAt(0) + fraction + "e" + (exponent < 0 ? "-" : "+") + power;
  }
}
