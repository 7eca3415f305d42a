package dev.sponge.rl.text.jinja;

import dev.sponge.rl.text.jinja.Values.Call;
import dev.sponge.rl.text.jinja.Values.Lazy;
import dev.sponge.rl.text.jinja.Values.Markup;
import dev.sponge.rl.text.jinja.Values.Tuple;
import dev.sponge.rl.text.jinja.Values.Undefined;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** What may stand behind a bar. */
final class Filters {
  private final Budget budget;
  private final Access access;
  private final Tests tests;

  Filters(Budget budget, Access access, Tests tests) {
    this.budget = budget;
    this.access = access;
    this.tests = tests;
  }

  Object apply(String name, Object value, Call call) {
    return switch (name) {
      case "default", "d" -> otherwise(value, call.accept("default_value", "boolean"));
      case "tojson" -> PyJson.dump(value, call, budget);
      case "length", "count" -> Values.length(value);
      case "items" -> items(value);
      case "list" -> new ArrayList<>(Values.items(value));
      case "first" -> edge(value, true);
      case "last" -> edge(value, false);
      case "reverse" -> reversed(value);
      case "join" -> join(Values.items(value), call.accept("d", "attribute"));
      case "map" -> map(value, call);
      case "select", "reject" -> new Lazy(chosen(value, call, 0, name.equals("select")));
      case "selectattr", "rejectattr" ->
          new Lazy(chosen(value, call, 1, name.equals("selectattr")));
      case "sort" -> sorted(value, call.accept("reverse", "case_sensitive", "attribute"));
      case "unique" -> unique(value, call.accept("case_sensitive", "attribute"));
      case "dictsort" -> dictSorted(value, call.accept());
      case "sum" -> sum(value, call.accept("attribute", "start"));
      case "min", "max" -> extreme(value, call.accept(), name.equals("max") ? 1 : -1);
      case "abs" -> absolute(value);
      case "int" -> whole(value, call.accept("default"));
      case "float" -> real(value, call.accept("default"));
      case "round" -> round(value, call.accept("precision", "method"));
      default -> text(name, PyText.str(value, budget), call);
    };
  }

  private Object text(String name, String text, Call call) {
    return switch (name) {
      case "trim" -> {
        Object characters = call.accept("chars").get(0, "chars", null);
        yield PyString.strip(
            text, characters == null ? null : Values.string(characters, "the characters"));
      }
      case "string" -> text;
      case "upper" -> PyString.upper(text);
      case "lower" -> PyString.lower(text);
      case "title" -> PyString.titleWords(text);
      case "capitalize" -> PyString.capitalize(text);
      case "replace" -> {
        call.accept("old", "new", "count");
        Object count = call.get(2, "count", null);
        yield new Methods(budget)
            .replaced(
                text,
                Values.string(call.require(0, "old"), "old"),
                Values.string(call.require(1, "new"), "new"),
                count == null ? -1 : Values.integer(count, "count"));
      }
      case "indent" -> indent(text, call.accept("width", "first", "blank"));
      case "safe" -> new Markup(text);
      case "escape", "e" -> new Markup(escaped(text));
      default -> throw new JinjaException("filter '" + name + "' is unknown or not supported");
    };
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace(">", "&gt;")
        .replace("<", "&lt;")
        .replace("'", "&#39;")
        .replace("\"", "&#34;");
  }

  private static Object otherwise(Object value, Call call) {
    boolean falsy = Values.isTrue(call.get(1, "boolean", false)) && !Values.isTrue(value);
    return value instanceof Undefined || falsy ? call.get(0, "default_value", "") : value;
  }

  private static Object items(Object value) {
    if (value instanceof Undefined) {
      return new Lazy(List.of());
    } else if (value instanceof Map<?, ?> map) {
      return new Lazy(Methods.pairs(map));
    }
    throw new JinjaException("items needs a dict, got " + Values.type(value));
  }

  private static Object edge(Object value, boolean first) {
    List<Object> items = Values.items(value);
    if (items.isEmpty()) {
      return new Undefined("an item of an empty sequence");
    }
    return items.get(first ? 0 : items.size() - 1);
  }

  private static Object reversed(Object value) {
    if (value instanceof String text) {
      return new StringBuilder(text).reverse().toString();
    }
    List<Object> items = new ArrayList<>(Values.items(value));
    java.util.Collections.reverse(items);
    return new Lazy(items);
  }

  private String join(List<Object> items, Call call) {
    String separator = PyText.str(call.get(0, "d", ""), budget);
    Object attribute = call.get(1, "attribute", null);
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < items.size(); i++) {
      Object item = attribute == null ? items.get(i) : path(items.get(i), attribute);
      out.append(i > 0 ? separator : "").append(PyText.str(item, budget));
      budget.fits((long) out.length() + separator.length());
    }
    return out.toString();
  }

  /** An attribute by its name with dots, or by number. */
  private Object path(Object item, Object attribute) {
    if (attribute instanceof Long) {
      return access.item(item, attribute);
    }
    Object value = item;
    for (String part : Values.string(attribute, "the attribute").split("\\.", -1)) {
      boolean number = !part.isEmpty() && part.chars().allMatch(c -> c >= '0' && c <= '9');
      value = access.item(value, number ? (Object) Long.valueOf(part) : part);
    }
    return value;
  }

  private Object map(Object value, Call call) {
    List<Object> mapped = new ArrayList<>();
    if (call.positional().isEmpty()) {
      Object attribute = call.require(0, "attribute");
      Object otherwise = call.get(1, "default", null);
      for (Object item : Values.items(value)) {
        budget.step();
        Object found = path(item, attribute);
        mapped.add(
            found instanceof Undefined && call.named().containsKey("default") ? otherwise : found);
      }
    } else {
      String filter = Values.string(call.positional().get(0), "the name of a filter");
      Call rest = new Call(tail(call, 1), call.named());
      for (Object item : Values.items(value)) {
        budget.step();
        mapped.add(budget.made(apply(filter, item, rest)));
      }
    }
    return new Lazy(mapped);
  }

  private static List<Object> tail(Call call, int from) {
    return call.positional().subList(from, call.positional().size());
  }

  /**
   * @param attributes 1 if an attribute of each item is tested instead of the item
   */
  private List<Object> chosen(Object value, Call call, int attributes, boolean wanted) {
    if (call.positional().size() < attributes) {
      throw new JinjaException("the attribute is missing");
    }
    String test =
        call.positional().size() > attributes
            ? Values.string(call.positional().get(attributes), "the name of a test")
            : null;
    List<Object> rest = test == null ? List.of() : tail(call, attributes + 1);
    List<Object> chosen = new ArrayList<>();
    for (Object item : Values.items(value)) {
      budget.step();
      Object tested = attributes == 0 ? item : path(item, call.positional().get(0));
      boolean holds = test == null ? Values.isTrue(tested) : tests.holds(test, tested, rest);
      if (holds == wanted) {
        chosen.add(item);
      }
    }
    return chosen;
  }

  private static Object folded(Object value, boolean caseSensitive) {
    return !caseSensitive && value instanceof String text ? PyString.lower(text) : value;
  }

  private Object sorted(Object value, Call call) {
    boolean sensitive = Values.isTrue(call.get(1, "case_sensitive", false));
    Object attribute = call.get(2, "attribute", null);
    if (attribute instanceof String name && name.contains(",")) {
      throw new JinjaException("sort by several attributes is not supported");
    }
    Comparator<Object> order =
        Comparator.comparing(
            item -> folded(attribute == null ? item : path(item, attribute), sensitive),
            (a, b) -> PyOrder.compare(a, b, budget));
    List<Object> items = new ArrayList<>(Values.items(value));
    items.sort(Values.isTrue(call.get(0, "reverse", false)) ? order.reversed() : order);
    return items;
  }

  private Object unique(Object value, Call call) {
    boolean sensitive = Values.isTrue(call.get(0, "case_sensitive", false));
    Object attribute = call.get(1, "attribute", null);
    List<Object> keys = new ArrayList<>();
    List<Object> kept = new ArrayList<>();
    for (Object item : Values.items(value)) {
      Object key = folded(attribute == null ? item : path(item, attribute), sensitive);
      if (!PyOrder.contains(keys, key, budget)) {
        keys.add(key);
        kept.add(item);
      }
    }
    return new Lazy(kept);
  }

  private Object dictSorted(Object value, Call call) {
    if (!(value instanceof Map<?, ?> map) || !call.positional().isEmpty()) {
      throw new JinjaException("dictsort needs a dict and no options");
    }
    List<Object> pairs = Methods.pairs(map);
    pairs.sort(
        Comparator.comparing(
            pair -> folded(((Tuple) pair).items().get(0), false),
            (a, b) -> PyOrder.compare(a, b, budget)));
    return pairs;
  }

  private Object sum(Object value, Call call) {
    Object attribute = call.get(0, "attribute", null);
    Object total = call.get(1, "start", 0L);
    for (Object item : Values.items(value)) {
      budget.step();
      Object summand = attribute == null ? item : path(item, attribute);
      if (PyNumber.isNumber(total) && PyNumber.isNumber(summand)) {
        total = PyNumber.arithmetic(Expression.Operator.ADD, total, summand);
      } else if (total instanceof List<?> left && summand instanceof List<?> right) {
        List<Object> all = new ArrayList<>(left);
        all.addAll(right);
        total = budget.made(all);
      } else {
        throw new JinjaException("sum of a value of type " + Values.type(summand));
      }
    }
    return total;
  }

  private Object extreme(Object value, Call call, int sign) {
    if (!call.positional().isEmpty()) {
      throw new JinjaException("min and max with options are not supported");
    }
    Object best = new Undefined("an item of an empty sequence");
    for (Object item : Values.items(value)) {
      boolean better =
          best instanceof Undefined
              || sign * PyOrder.compare(folded(item, false), folded(best, false), budget) > 0;
      best = better ? item : best;
    }
    return best;
  }

  private static Object absolute(Object value) {
    if (!PyNumber.isNumber(value)) {
      throw new JinjaException("abs of a value of type " + Values.type(value));
    }
    return PyNumber.real(value) < 0 ? PyNumber.negated(value) : value;
  }

  private static Object whole(Object value, Call call) {
    Object otherwise = call.get(0, "default", 0L);
    if (value instanceof Double number) {
      return Double.isFinite(number) && Math.abs(number) < Long.MAX_VALUE
          ? (Object) (long) (double) number
          : otherwise;
    } else if (value instanceof Long || value instanceof Boolean) {
      return PyNumber.whole(value);
    }
    String text = value instanceof String string ? PyString.strip(string, null) : "";
    if (text.matches("[+-]?\\d{1,18}")) {
      return Long.valueOf(text);
    }
    return text.matches(REAL) ? (Object) (long) Double.parseDouble(text) : otherwise;
  }

  private static final String REAL = "[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,3})?";

  private static Object real(Object value, Call call) {
    if (PyNumber.isNumber(value)) {
      return PyNumber.real(value);
    }
    String text = value instanceof String string ? PyString.strip(string, null) : "";
    return text.matches(REAL) ? (Object) Double.valueOf(text) : call.get(0, "default", 0.0);
  }

  private static Object round(Object value, Call call) {
    long precision = Values.integer(call.get(0, "precision", 0L), "the precision");
    String method = Values.string(call.get(1, "method", "common"), "the method");
    if (!method.equals("common") || Math.abs(precision) > 300) {
      throw new JinjaException("round supports the method common and a precision up to 300");
    } else if (!PyNumber.isNumber(value)) {
      throw new JinjaException("round of a value of type " + Values.type(value));
    } else if (!(value instanceof Double)) {
      return value;
    }
    return PyNumber.rounded(PyNumber.real(value), (int) precision, RoundingMode.HALF_EVEN);
  }

  private String indent(String text, Call call) {
    Object width = call.get(0, "width", 4L);
    boolean first = Values.isTrue(call.get(1, "first", false));
    boolean blank = Values.isTrue(call.get(2, "blank", false));
    long spaces = width instanceof String ? 0 : Values.integer(width, "the width");
    budget.fits(spaces);
    String indention =
        width instanceof String given ? given : " ".repeat((int) Math.max(0, spaces));
    // As in Jinja, a newline at the end stands before one more, empty, line.
    List<Object> lines = PyString.splitLines(text + "\n", false);
    budget.fits(text.length() + (long) lines.size() * (indention.length() + 1));
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < lines.size(); i++) {
      String line = (String) lines.get(i);
      boolean indented = i == 0 ? first : blank || !line.isEmpty();
      out.append(i > 0 ? "\n" : "").append(indented ? indention : "").append(line);
    }
    return out.toString();
  }
}
