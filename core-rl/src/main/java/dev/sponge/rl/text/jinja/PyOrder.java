package dev.sponge.rl.text.jinja;

import dev.sponge.rl.text.jinja.Values.Tuple;
import dev.sponge.rl.text.jinja.Values.Undefined;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Python's ==, < and in. */
final class PyOrder {
  private PyOrder() {}

  static boolean equal(Object left, Object right, Budget budget) {
    budget.step();
    if (left == null || right == null) {
      return left == right;
    } else if (PyNumber.isNumber(left) && PyNumber.isNumber(right)) {
      return PyNumber.compare(left, right) == 0;
    } else if (left instanceof Undefined && right instanceof Undefined) {
      return true;
    } else if (left instanceof List<?> a && right instanceof List<?> b) {
      return equalItems(a, b, budget);
    } else if (left instanceof Tuple a && right instanceof Tuple b) {
      return equalItems(a.items(), b.items(), budget);
    } else if (left instanceof Map<?, ?> a && right instanceof Map<?, ?> b) {
      return a.size() == b.size()
          && a.entrySet().stream()
              .allMatch(
                  e -> b.containsKey(e.getKey()) && equal(e.getValue(), b.get(e.getKey()), budget));
    }
    return left instanceof String ? left.equals(right) : left == right;
  }

  private static boolean equalItems(List<?> left, List<?> right, Budget budget) {
    if (left.size() != right.size()) {
      return false;
    }
    Iterator<?> other = right.iterator();
    return left.stream().allMatch(item -> equal(item, other.next(), budget));
  }

  /** Order of numbers, strings (by code points), lists and tuples. */
  static int compare(Object left, Object right, Budget budget) {
    budget.step();
    if (PyNumber.isNumber(left) && PyNumber.isNumber(right)) {
      return PyNumber.compare(left, right);
    } else if (left instanceof String a && right instanceof String b) {
      return java.util.Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());
    } else if (left instanceof List<?> a && right instanceof List<?> b) {
      return compareItems(a, b, budget);
    } else if (left instanceof Tuple a && right instanceof Tuple b) {
      return compareItems(a.items(), b.items(), budget);
    }
    throw new JinjaException(
        "values of types " + Values.type(left) + " and " + Values.type(right) + " have no order");
  }

  private static int compareItems(List<?> left, List<?> right, Budget budget) {
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      if (!equal(left.get(i), right.get(i), budget)) {
        return compare(left.get(i), right.get(i), budget);
      }
    }
    return Integer.compare(left.size(), right.size());
  }

  static boolean contains(Object container, Object item, Budget budget) {
    if (container instanceof String text) {
      return text.contains(Values.string(item, "the left side of in"));
    } else if (container instanceof Map<?, ?> map) {
      return map.containsKey(Values.key(item));
    }
    return Values.items(container).stream().anyMatch(other -> equal(other, item, budget));
  }
}
