package dev.sponge.rl.text.jinja;

import dev.sponge.rl.text.jinja.Values.Namespace;
import dev.sponge.rl.text.jinja.Values.Range;
import dev.sponge.rl.text.jinja.Values.Tuple;
import dev.sponge.rl.text.jinja.Values.Undefined;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Attributes, items and slices of values; nothing of Java is reachable. */
final class Access {
  private final Methods methods;

  Access(Budget budget) {
    methods = new Methods(budget);
  }

  /** {@code object.name}: a method or attribute first, then the item of that name. */
  Object attribute(Object object, String name) {
    Object found = ownAttribute(object, name);
    if (found instanceof Undefined && object instanceof Map<?, ?> map && map.containsKey(name)) {
      return map.get(name);
    }
    return found;
  }

  private Object ownAttribute(Object object, String name) {
    if (object instanceof Undefined undefined) {
      throw undefined.failure();
    } else if (object instanceof Namespace namespace
        && namespace.attributes().containsKey(name)
        && !name.startsWith("_")) {
      return namespace.attributes().get(name);
    } else if (object instanceof Loop loop) {
      return loop.attribute(name);
    }
    Values.Function method = methods.find(object, name);
    return method != null
        ? method
        : new Undefined("attribute '" + name + "' of a " + Values.type(object));
  }

  /** {@code object[key]}: an item first, then the attribute of that name. */
  Object item(Object object, Object key) {
    if (object instanceof Undefined undefined) {
      throw undefined.failure();
    } else if (object instanceof Map<?, ?> map) {
      Object known = key instanceof Undefined ? null : key;
      if (!(key instanceof Undefined) && map.containsKey(Values.key(known))) {
        return map.get(known);
      }
    } else if (key instanceof Long || key instanceof Boolean) {
      return element(object, PyNumber.whole(key));
    }
    return key instanceof String name
        ? ownAttribute(object, name)
        : new Undefined("an item of a " + Values.type(object));
  }

  private static Object element(Object object, long index) {
    if (object instanceof String text) {
      int[] characters = text.codePoints().toArray();
      long at = index < 0 ? index + characters.length : index;
      return at >= 0 && at < characters.length
          ? Character.toString(characters[(int) at])
          : new Undefined("item " + index + " of a str");
    }
    List<Object> items = sequence(object);
    long at = items != null && index < 0 ? index + items.size() : index;
    return items != null && at >= 0 && at < items.size()
        ? items.get((int) at)
        : new Undefined("item " + index + " of a " + Values.type(object));
  }

  private static List<Object> sequence(Object object) {
    boolean indexed = object instanceof List || object instanceof Tuple || object instanceof Range;
    return indexed ? Values.items(object) : null;
  }

  /** {@code object[start:stop:step]} with Python's rules; null for what is left out. */
  Object slice(Object object, Object start, Object stop, Object step) {
    if (object instanceof Undefined undefined) {
      throw undefined.failure();
    }
    List<Object> items = object instanceof String ? Values.items(object) : sequence(object);
    if (items == null) {
      return new Undefined("a slice of a " + Values.type(object));
    }
    List<Object> chosen = chosen(items, start, stop, step);
    if (object instanceof String) {
      StringBuilder text = new StringBuilder();
      chosen.forEach(text::append);
      return text.toString();
    }
    return object instanceof Tuple ? new Tuple(chosen) : chosen;
  }

  private static List<Object> chosen(List<Object> items, Object start, Object stop, Object step) {
    long by = step == null ? 1 : Values.integer(step, "the step of a slice");
    if (by == 0) {
      throw new JinjaException("the step of a slice must not be zero");
    }
    int size = items.size();
    long first = by > 0 ? 0 : size - 1L;
    long end = by > 0 ? size : -1;
    long from = start == null ? first : bound(Values.integer(start, "a slice"), size, by);
    long to = stop == null ? end : bound(Values.integer(stop, "a slice"), size, by);
    List<Object> chosen = new ArrayList<>();
    // A huge step ends the loop at once and must not overflow.
    long stride = Math.max(-size - 1L, Math.min(size + 1L, by));
    for (long i = from; by > 0 ? i < to : i > to; i += stride) {
      chosen.add(items.get((int) i));
    }
    return chosen;
  }

  private static long bound(long index, int size, long step) {
    long at = index < 0 ? index + size : index;
    return step > 0 ? Math.max(0, Math.min(size, at)) : Math.max(-1, Math.min(size - 1L, at));
  }
}
