package dev.sponge.rl.text.jinja;

import dev.sponge.rl.text.jinja.Values.Call;
import dev.sponge.rl.text.jinja.Values.Tuple;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** {@code tojson} of transformers: Python's json.dumps, no HTML escapes, ASCII only on demand. */
final class PyJson {
  private static final int MAX_DEPTH = 100;

  private final Budget budget;
  private final boolean ascii;
  private final String indent;
  private final String itemSeparator;
  private final String keySeparator;
  private final boolean sorted;
  private final StringBuilder out = new StringBuilder();

  private PyJson(Call options, Budget budget) {
    this.budget = budget;
    options.accept("ensure_ascii", "indent", "separators", "sort_keys");
    ascii = Values.isTrue(options.get(0, "ensure_ascii", false));
    Object width = options.get(1, "indent", null);
    indent =
        width == null
            ? null
            : width instanceof String text
                ? text
                : " ".repeat((int) Math.min(100, Math.max(0, Values.integer(width, "indent"))));
    Object separators = options.get(2, "separators", null);
    if (separators == null) {
      itemSeparator = indent == null ? ", " : ",";
      keySeparator = ": ";
    } else {
      List<Object> pair = Values.items(separators);
      if (pair.size() != 2) {
        throw new JinjaException("separators must be two strings");
      }
      itemSeparator = Values.string(pair.get(0), "a separator");
      keySeparator = Values.string(pair.get(1), "a separator");
    }
    sorted = Values.isTrue(options.get(3, "sort_keys", false));
  }

  static String dump(Object value, Call options, Budget budget) {
    PyJson json = new PyJson(options, budget);
    json.value(value, 0);
    return json.out.toString();
  }

  private void value(Object value, int depth) {
    budget.step();
    budget.fits(out.length());
    if (depth > MAX_DEPTH) {
      throw new JinjaException("a value nests deeper than " + MAX_DEPTH);
    }
    if (value instanceof String text) {
      string(text);
    } else if (value instanceof List<?> list) {
      array(list, depth);
    } else if (value instanceof Tuple tuple) {
      array(tuple.items(), depth);
    } else if (value instanceof Map<?, ?> map) {
      object(map, depth);
    } else {
      out.append(scalar(value));
    }
  }

  private static String scalar(Object value) {
    if (value == null) {
      return "null";
    } else if (value instanceof Boolean || value instanceof Long) {
      return value.toString();
    } else if (value instanceof Double number) {
      if (number.isNaN()) {
        return "NaN";
      }
      return number.isInfinite() ? (number > 0 ? "Infinity" : "-Infinity") : PyNumber.text(number);
    }
    throw new JinjaException("a value of type " + Values.type(value) + " has no JSON");
  }

  private void newLine(int depth) {
    if (indent != null) {
      out.append('\n').append(indent.repeat(depth));
    }
  }

  private void array(List<?> items, int depth) {
    if (items.isEmpty()) {
      out.append("[]");
      return;
    }
    out.append('[');
    for (int i = 0; i < items.size(); i++) {
      out.append(i > 0 ? itemSeparator : "");
      newLine(depth + 1);
      value(items.get(i), depth + 1);
    }
    newLine(depth);
    out.append(']');
  }

  private void object(Map<?, ?> map, int depth) {
    if (map.isEmpty()) {
      out.append("{}");
      return;
    }
    List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
    if (sorted) {
      // Python compares code points, Java's strings UTF-16 units.
      entries.sort(
          Comparator.comparing(
              (Map.Entry<?, ?> e) -> (Object) e.getKey(), (a, b) -> PyOrder.compare(a, b, budget)));
    }
    out.append('{');
    for (int i = 0; i < entries.size(); i++) {
      out.append(i > 0 ? itemSeparator : "");
      newLine(depth + 1);
      Object key = entries.get(i).getKey();
      string(key instanceof String text ? text : scalar(key));
      out.append(keySeparator);
      value(entries.get(i).getValue(), depth + 1);
    }
    newLine(depth);
    out.append('}');
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\f' -> out.append("\\f");
        case '\b' -> out.append("\\b");
        default -> {
          if (c < ' ' || (ascii && c > '~')) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
