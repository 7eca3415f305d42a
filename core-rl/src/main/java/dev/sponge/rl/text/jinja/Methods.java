package dev.sponge.rl.text.jinja;

import dev.sponge.rl.text.jinja.Values.Call;
import dev.sponge.rl.text.jinja.Values.Function;
import dev.sponge.rl.text.jinja.Values.Lazy;
import dev.sponge.rl.text.jinja.Values.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/** Methods of str, dict, list and tuple; those that change their object fail. */
final class Methods {
  private static final Set<String> UNSUPPORTED_STRING =
      Set.of(
          "casefold",
          "center",
          "encode",
          "expandtabs",
          "format",
          "format_map",
          "isascii",
          "isdecimal",
          "isidentifier",
          "isnumeric",
          "isprintable",
          "istitle",
          "maketrans",
          "translate");
  private static final Set<String> CHANGING_DICT =
      Set.of("clear", "pop", "popitem", "setdefault", "update", "fromkeys");
  private static final Set<String> CHANGING_LIST =
      Set.of("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");

  private final Budget budget;

  Methods(Budget budget) {
    this.budget = budget;
  }

  /** A method bound to its object, or null. */
  Function find(Object object, String name) {
    if (object instanceof String text) {
      return UNSUPPORTED_STRING.contains(name) ? refused("str." + name) : string(text, name);
    } else if (object instanceof Map<?, ?> map) {
      return CHANGING_DICT.contains(name) ? refused("dict." + name) : dict(map, name);
    } else if (object instanceof List<?> list) {
      return CHANGING_LIST.contains(name) ? refused("list." + name) : sequence(list, name);
    } else if (object instanceof Tuple tuple) {
      return sequence(tuple.items(), name);
    }
    return null;
  }

  private static Function refused(String method) {
    return call -> {
      throw new JinjaException("the method " + method + " is not supported or not allowed");
    };
  }

  private static Function dict(Map<?, ?> map, String name) {
    return switch (name) {
      case "get" ->
          call -> {
            call.accept("key", "default");
            Object key = Values.key(call.require(0, "key"));
            return map.containsKey(key) ? map.get(key) : call.get(1, "default", null);
          };
      case "items" -> call -> new Lazy(pairs(map));
      case "keys" -> call -> new Lazy(new ArrayList<>(map.keySet()));
      case "values" -> call -> new Lazy(new ArrayList<>(map.values()));
      case "copy" -> call -> map;
      default -> null;
    };
  }

  static List<Object> pairs(Map<?, ?> map) {
    List<Object> pairs = new ArrayList<>(map.size());
    map.forEach((key, value) -> pairs.add(Tuple.of(key, value)));
    return pairs;
  }

  private Function sequence(List<?> items, String name) {
    return switch (name) {
      case "count" ->
          call -> {
            Object wanted = call.accept("value").require(0, "value");
            return items.stream().filter(item -> PyOrder.equal(item, wanted, budget)).count();
          };
      case "index" ->
          call -> {
            Object wanted = call.accept("value").require(0, "value");
            for (int i = 0; i < items.size(); i++) {
              if (PyOrder.equal(items.get(i), wanted, budget)) {
                return (long) i;
              }
            }
            throw new JinjaException("the value is not in the list");
          };
      case "copy" -> call -> items;
      default -> null;
    };
  }

  private Function string(String text, String name) {
    return switch (name) {
      case "strip" -> call -> PyString.strip(text, characters(call));
      case "lstrip" -> call -> PyString.stripLeft(text, characters(call));
      case "rstrip" -> call -> PyString.stripRight(text, characters(call));
      case "upper" -> call -> PyString.upper(text);
      case "lower" -> call -> PyString.lower(text);
      case "title" -> call -> PyString.title(text);
      case "capitalize" -> call -> PyString.capitalize(text);
      case "swapcase" -> call -> swapCase(text);
      case "startswith" -> call -> affix(call, prefix -> text.startsWith(prefix));
      case "endswith" -> call -> affix(call, suffix -> text.endsWith(suffix));
      case "split" -> call -> split(text, call, false);
      case "rsplit" -> call -> split(text, call, true);
      case "splitlines" ->
          call -> PyString.splitLines(text, Values.isTrue(call.get(0, "keepends", false)));
      case "replace" -> call -> replace(text, call);
      case "find" -> call -> PyString.find(text, part(call), false);
      case "rfind" -> call -> PyString.find(text, part(call), true);
      case "index", "rindex" -> call -> index(text, part(call), name.equals("rindex"));
      case "count" -> call -> PyString.count(text, part(call));
      case "join" -> call -> join(text, Values.items(call.accept("items").require(0, "items")));
      case "removeprefix" ->
          call -> text.startsWith(part(call)) ? text.substring(part(call).length()) : text;
      case "removesuffix" ->
          call ->
              text.endsWith(part(call))
                  ? text.substring(0, text.length() - part(call).length())
                  : text;
      case "partition" -> call -> partition(text, part(call), false);
      case "rpartition" -> call -> partition(text, part(call), true);
      case "ljust" -> call -> text + padding(text, call);
      case "rjust" -> call -> padding(text, call) + text;
      case "zfill" -> call -> zeroFilled(text, call);
      default -> predicate(text, name);
    };
  }

  private static Function predicate(String text, String name) {
    return switch (name) {
      case "isdigit" -> call -> all(text, Character::isDigit);
      case "isalpha" -> call -> all(text, Character::isLetter);
      case "isalnum" -> call -> all(text, Character::isLetterOrDigit);
      case "isspace" -> call -> all(text, PyString::isSpace);
      case "isupper" -> call -> isCase(text, true);
      case "islower" -> call -> isCase(text, false);
      default -> null;
    };
  }

  private static boolean all(String text, IntPredicate test) {
    return !text.isEmpty() && text.codePoints().allMatch(test);
  }

  static boolean isCase(String text, boolean upper) {
    String same = upper ? PyString.upper(text) : PyString.lower(text);
    String other = upper ? PyString.lower(text) : PyString.upper(text);
    return same.equals(text) && !other.equals(text);
  }

  private static String swapCase(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .mapToObj(Character::toString)
        .forEach(c -> out.append(isCase(c, true) ? PyString.lower(c) : PyString.upper(c)));
    return out.toString();
  }

  private static String characters(Call call) {
    Object characters = call.accept("chars").get(0, "chars", null);
    return characters == null ? null : Values.string(characters, "the characters to strip");
  }

  private static String part(Call call) {
    return Values.string(call.accept("sub").require(0, "sub"), "the text to look for");
  }

  private static Object affix(Call call, java.util.function.Predicate<String> test) {
    Object affix = call.accept("affix").require(0, "affix");
    return affix instanceof Tuple tuple
        ? tuple.items().stream().anyMatch(one -> test.test(Values.string(one, "an affix")))
        : test.test(Values.string(affix, "the affix"));
  }

  private static Object split(String text, Call call, boolean right) {
    call.accept("sep", "maxsplit");
    Object separator = call.get(0, "sep", null);
    long max = Values.integer(call.get(1, "maxsplit", -1L), "maxsplit");
    if (separator != null) {
      String by = Values.string(separator, "the separator");
      return right ? PyString.splitRight(text, by, max) : PyString.split(text, by, max);
    } else if (right && max >= 0) {
      throw new JinjaException("rsplit at white space with maxsplit is not supported");
    }
    return PyString.splitSpace(text, max);
  }

  private Object replace(String text, Call call) {
    call.accept("old", "new", "count");
    return replaced(
        text,
        Values.string(call.require(0, "old"), "old"),
        Values.string(call.require(1, "new"), "new"),
        Values.integer(call.get(2, "count", -1L), "count"));
  }

  String replaced(String text, String old, String with, long max) {
    budget.fits(text.length() + (PyString.count(text, old) + 1) * with.length());
    return PyString.replace(text, old, with, max);
  }

  private static Object index(String text, String part, boolean last) {
    long at = PyString.find(text, part, last);
    if (at < 0) {
      throw new JinjaException("substring not found");
    }
    return at;
  }

  private String join(String separator, List<Object> items) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < items.size(); i++) {
      budget.step();
      String item = Values.string(items.get(i), "an item to join");
      budget.fits((long) out.length() + separator.length() + item.length());
      out.append(i > 0 ? separator : "").append(item);
    }
    return out.toString();
  }

  private static Tuple partition(String text, String separator, boolean last) {
    if (separator.isEmpty()) {
      throw new JinjaException("empty separator");
    }
    int at = last ? text.lastIndexOf(separator) : text.indexOf(separator);
    if (at < 0) {
      return last ? Tuple.of("", "", text) : Tuple.of(text, "", "");
    }
    return Tuple.of(text.substring(0, at), separator, text.substring(at + separator.length()));
  }

  private String padding(String text, Call call) {
    call.accept("width", "fill");
    long missing = Values.integer(call.require(0, "width"), "width") - PyString.length(text);
    String fill = Values.string(call.get(1, "fill", " "), "the fill character");
    if (PyString.length(fill) != 1) {
      throw new JinjaException("the fill character must be one character");
    }
    budget.fits(missing);
    return fill.repeat((int) Math.max(0, missing));
  }

  private String zeroFilled(String text, Call call) {
    call.accept("width");
    long missing = Values.integer(call.require(0, "width"), "width") - PyString.length(text);
    budget.fits(missing);
    int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
    String zeros = "0".repeat((int) Math.max(0, missing));
    return text.substring(0, sign) + zeros + text.substring(sign);
  }
}
