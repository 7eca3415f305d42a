package dev.sponge.rl.text.jinja;

import dev.sponge.rl.text.jinja.Values.Function;
import dev.sponge.rl.text.jinja.Values.Range;
import dev.sponge.rl.text.jinja.Values.Tuple;
import dev.sponge.rl.text.jinja.Values.Undefined;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What may stand behind {@code is}. */
final class Tests {
  private static final Set<String> NAMES =
      Set.of(
          "defined",
          "undefined",
          "none",
          "true",
          "false",
          "boolean",
          "string",
          "number",
          "integer",
          "float",
          "mapping",
          "sequence",
          "iterable",
          "callable",
          "odd",
          "even",
          "divisibleby",
          "upper",
          "lower",
          "in",
          "sameas",
          "eq",
          "==",
          "equalto",
          "ne",
          "!=",
          "lt",
          "<",
          "lessthan",
          "le",
          "<=",
          "gt",
          ">",
          "greaterthan",
          "ge",
          ">=");

  private final Budget budget;

  Tests(Budget budget) {
    this.budget = budget;
  }

  boolean holds(String name, Object value, List<Object> arguments) {
    return switch (name) {
      case "defined" -> !(value instanceof Undefined);
      case "undefined" -> value instanceof Undefined;
      case "none" -> value == null;
      case "true" -> Boolean.TRUE.equals(value);
      case "false" -> Boolean.FALSE.equals(value);
      case "boolean" -> value instanceof Boolean;
      case "string" -> value instanceof String;
      case "number" -> PyNumber.isNumber(value);
      case "integer" -> value instanceof Long;
      case "float" -> value instanceof Double;
      case "mapping" -> value instanceof Map;
      case "sequence" -> isSequence(value);
      case "iterable" -> Values.itemsOrNull(value) != null;
      case "callable" -> value instanceof Function;
      case "odd" -> Math.floorMod(whole(value), 2L) == 1;
      case "even" -> Math.floorMod(whole(value), 2L) == 0;
      case "divisibleby" -> divisible(whole(value), whole(argument(name, arguments)));
      case "upper" -> Methods.isCase(PyText.str(value, budget), true);
      case "lower" -> Methods.isCase(PyText.str(value, budget), false);
      default -> compares(name, value, argument(name, arguments));
    };
  }

  private boolean compares(String name, Object value, Object other) {
    return switch (name) {
      case "in" -> PyOrder.contains(other, value, budget);
      case "sameas" -> same(value, other);
      case "eq", "==", "equalto" -> PyOrder.equal(value, other, budget);
      case "ne", "!=" -> !PyOrder.equal(value, other, budget);
      case "lt", "<", "lessthan" -> PyOrder.compare(value, other, budget) < 0;
      case "le", "<=" -> PyOrder.compare(value, other, budget) <= 0;
      case "gt", ">", "greaterthan" -> PyOrder.compare(value, other, budget) > 0;
      case "ge", ">=" -> PyOrder.compare(value, other, budget) >= 0;
      default -> throw unknown(name);
    };
  }

  private static Object argument(String name, List<Object> arguments) {
    if (!NAMES.contains(name)) {
      throw unknown(name);
    } else if (arguments.size() != 1) {
      throw new JinjaException("test '" + name + "' needs one argument, got " + arguments.size());
    }
    return arguments.get(0);
  }

  private static JinjaException unknown(String name) {
    return new JinjaException("test '" + name + "' is unknown or not supported");
  }

  private static boolean same(Object value, Object other) {
    // Small ints and short strings are one object each in Python too.
    return value == other
        || (value instanceof Long && value.equals(other))
        || (value instanceof Boolean && value.equals(other))
        || (value instanceof String && value.equals(other));
  }

  private static boolean isSequence(Object value) {
    return value instanceof String
        || value instanceof List
        || value instanceof Tuple
        || value instanceof Map
        || value instanceof Range
        || value instanceof Undefined;
  }

  private static long whole(Object value) {
    return Values.integer(value, "the tested value");
  }

  private static boolean divisible(long value, long by) {
    if (by == 0) {
      throw new JinjaException("divisibleby zero");
    }
    return value % by == 0;
  }
}
