package dev.sponge.rl.text.jinja;

import dev.sponge.rl.text.jinja.Values.Lazy;
import dev.sponge.rl.text.jinja.Values.Markup;
import dev.sponge.rl.text.jinja.Values.Range;
import dev.sponge.rl.text.jinja.Values.Tuple;
import dev.sponge.rl.text.jinja.Values.Undefined;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Python's str and repr of a value. */
final class PyText {
  private static final int MAX_DEPTH = 100;

  private PyText() {}

  /** What a template writes. */
  static String str(Object value, Budget budget) {
    if (value instanceof String text) {
      return text;
    } else if (value instanceof Undefined) {
      return "";
    } else if (value instanceof Markup markup) {
      return markup.text();
    }
    StringBuilder out = new StringBuilder();
    repr(value, out, 0, budget);
    return out.toString();
  }

  private static void repr(Object value, StringBuilder out, int depth, Budget budget) {
    budget.step();
    budget.fits(out.length());
    if (depth > MAX_DEPTH) {
      throw new JinjaException("a value nests deeper than " + MAX_DEPTH);
    }
    if (value == null) {
      out.append("None");
    } else if (value instanceof Boolean bool) {
      out.append(bool ? "True" : "False");
    } else if (value instanceof Long number) {
      out.append(number);
    } else if (value instanceof Double number) {
      out.append(PyNumber.text(number));
    } else if (value instanceof String text) {
      quote(text, out);
    } else if (value instanceof Undefined) {
      out.append("Undefined");
    } else if (value instanceof List<?> list) {
      sequence(list.iterator(), "[", "]", out, depth, budget);
    } else if (value instanceof Tuple tuple) {
      String close = tuple.items().size() == 1 ? ",)" : ")";
      sequence(tuple.items().iterator(), "(", close, out, depth, budget);
    } else if (value instanceof Map<?, ?> map) {
      dict(map, out, depth, budget);
    } else if (value instanceof Range range) {
      out.append("range(").append(range.start()).append(", ").append(range.stop());
      out.append(range.step() == 1 ? "" : ", " + range.step()).append(')');
    } else if (value instanceof Lazy) {
      throw new JinjaException("the text of a generator or view is not supported; use |list");
    } else {
      throw new JinjaException("the text of a " + Values.type(value) + " is not supported");
    }
  }

  private static void sequence(
      Iterator<?> items, String open, String close, StringBuilder out, int depth, Budget budget) {
    out.append(open);
    String comma = "";
    while (items.hasNext()) {
      out.append(comma);
      repr(items.next(), out, depth + 1, budget);
      comma = ", ";
    }
    out.append(close);
  }

  private static void dict(Map<?, ?> map, StringBuilder out, int depth, Budget budget) {
    out.append('{');
    String comma = "";
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      out.append(comma);
      repr(entry.getKey(), out, depth + 1, budget);
      out.append(": ");
      repr(entry.getValue(), out, depth + 1, budget);
      comma = ", ";
    }
    out.append('}');
  }

  private static void quote(String text, StringBuilder out) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    text.codePoints()
        .forEach(
            c -> {
              if (c == quote || c == '\\') {
                out.append('\\').append((char) c);
              } else if (c == '\n') {
                out.append("\\n");
              } else if (c == '\r') {
                out.append("\\r");
              } else if (c == '\t') {
                out.append("\\t");
              } else if (isPrintable(c)) {
                out.appendCodePoint(c);
              } else if (c < 0x100) {
                out.append("\\x%02x".formatted(c));
              } else if (c < 0x10000) {
                out.append("\\u%04x".formatted(c));
              } else {
                out.append("\\U%08x".formatted(c));
              }
            });
    out.append(quote);
  }

  private static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }
}
