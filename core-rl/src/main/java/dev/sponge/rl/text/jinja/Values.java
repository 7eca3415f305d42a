package dev.sponge.rl.text.jinja;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The values of a template: null (None), Boolean, Long, Double, String, List, Map and the types
 * here. Nothing else enters an expression.
 */
final class Values {
  private Values() {}

  /**
   * What does not exist; false, empty and without text, and an error in most other uses.
   *
   * @param description what was looked for
   */
  record Undefined(String description) {
    JinjaException failure() {
      return new JinjaException(description + " is undefined");
    }
  }

  /** An immutable list. */
  record Tuple(List<Object> items) {
    static Tuple of(Object... items) {
      return new Tuple(new ArrayList<>(java.util.Arrays.asList(items)));
    }
  }

  /** What Python gives lazily: a generator or a dict's view, which have no text of their own. */
  record Lazy(List<Object> items) {}

  /** {@code safe} and {@code escape} give it; it can be written, and nothing else. */
  record Markup(String text) {}

  /** Attributes that {@code set} may change. */
  record Namespace(Map<String, Object> attributes) {
    static Namespace of(Map<String, Object> attributes) {
      return new Namespace(new LinkedHashMap<>(attributes));
    }
  }

  /** An arithmetic progression. */
  record Range(long start, long stop, long step) {
    List<Object> items() {
      long size = step > 0 ? (stop - start + step - 1) / step : (start - stop - step - 1) / -step;
      int length = Math.toIntExact(Math.max(0, size));
      return new AbstractList<>() {
        @Override
        public Object get(int index) {
          return start + index * step;
        }

        @Override
        public int size() {
          return length;
        }
      };
    }
  }

  /** A function, method or macro. */
  @FunctionalInterface
  interface Function {
    Object call(Call call);
  }

  /** Arguments of a call. */
  record Call(List<Object> positional, Map<String, Object> named) {
    /** Argument by position or name, or the default. */
    Object get(int position, String name, Object otherwise) {
      if (position < positional.size()) {
        if (named.containsKey(name)) {
          throw new JinjaException("argument " + name + " is given twice");
        }
        return positional.get(position);
      }
      return named.getOrDefault(name, otherwise);
    }

    Object require(int position, String name) {
      if (position >= positional.size() && !named.containsKey(name)) {
        throw new JinjaException("argument " + name + " is missing");
      }
      return get(position, name, null);
    }

    /** Refuses arguments beyond those that are known. */
    Call accept(String... names) {
      if (positional.size() > names.length) {
        throw new JinjaException(
            "takes at most " + names.length + " arguments, got " + positional.size());
      }
      for (String name : named.keySet()) {
        if (!List.of(names).contains(name)) {
          throw new JinjaException("argument " + name + " is unknown or not supported");
        }
      }
      return this;
    }
  }

  static boolean isTrue(Object value) {
    if (value == null || value instanceof Undefined) {
      return false;
    } else if (value instanceof Boolean bool) {
      return bool;
    } else if (value instanceof Long number) {
      return number != 0;
    } else if (value instanceof Double number) {
      return number != 0;
    } else if (value instanceof String text) {
      return !text.isEmpty();
    } else if (value instanceof List<?> list) {
      return !list.isEmpty();
    } else if (value instanceof Map<?, ?> map) {
      return !map.isEmpty();
    } else if (value instanceof Tuple tuple) {
      return !tuple.items().isEmpty();
    } else if (value instanceof Range range) {
      return !range.items().isEmpty();
    }
    // A generator is true even when it will give nothing.
    return true;
  }

  /** Name of the type in messages, as Python gives it. */
  static String type(Object value) {
    if (value == null) {
      return "None";
    } else if (value instanceof Boolean) {
      return "bool";
    } else if (value instanceof Long) {
      return "int";
    } else if (value instanceof Double) {
      return "float";
    } else if (value instanceof String) {
      return "str";
    } else if (value instanceof List) {
      return "list";
    } else if (value instanceof Map) {
      return "dict";
    } else if (value instanceof Tuple) {
      return "tuple";
    }
    return value.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
  }

  /** The items of anything that can be gone through. */
  static List<Object> items(Object value) {
    List<Object> items = itemsOrNull(value);
    if (items == null) {
      throw new JinjaException("a value of type " + type(value) + " cannot be gone through");
    }
    return items;
  }

  @SuppressWarnings("unchecked")
  static List<Object> itemsOrNull(Object value) {
    if (value instanceof List<?> list) {
      return (List<Object>) list;
    } else if (value instanceof Tuple tuple) {
      return tuple.items();
    } else if (value instanceof Lazy lazy) {
      return lazy.items();
    } else if (value instanceof Range range) {
      return range.items();
    } else if (value instanceof Map<?, ?> map) {
      return new ArrayList<>(map.keySet());
    } else if (value instanceof String text) {
      List<Object> characters = new ArrayList<>(text.length());
      text.codePoints().forEach(c -> characters.add(Character.toString(c)));
      return characters;
    } else if (value instanceof Undefined) {
      return List.of();
    }
    return null;
  }

  static long length(Object value) {
    if (value instanceof String text) {
      return PyString.length(text);
    } else if (value instanceof Map<?, ?> map) {
      return map.size();
    } else if (value instanceof Lazy || itemsOrNull(value) == null) {
      throw new JinjaException("a value of type " + type(value) + " has no length");
    }
    return items(value).size();
  }

  /** A value as the key of a dict. */
  static Object key(Object value) {
    if (value == null || value instanceof String || value instanceof Long) {
      return value;
    } else if (value instanceof Boolean || value instanceof Double) {
      // In Python 1, 1.0 and True are one key.
      throw new JinjaException("a key of type " + type(value) + " is not supported");
    }
    throw new JinjaException("a value of type " + type(value) + " cannot be a key");
  }

  static String string(Object value, String what) {
    if (value instanceof String text) {
      return text;
    } else if (value instanceof Undefined undefined) {
      throw undefined.failure();
    }
    throw new JinjaException(what + " must be a str, is " + type(value));
  }

  static long integer(Object value, String what) {
    if (value instanceof Long number) {
      return number;
    } else if (value instanceof Boolean bool) {
      return bool ? 1 : 0;
    }
    throw new JinjaException(what + " must be an int, is " + type(value));
  }
}
