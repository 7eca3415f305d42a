package dev.sponge.jobs.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.sponge.rl.UserError;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Turns a HOCON tree into config records and back. Nested records are sections; leaves are int,
 * long, double, boolean, String, enums ({@link Choice}), {@link HistoryShare} and lists of Integer
 * or String.
 */
final class RecordReader {
  private RecordReader() {}

  /** {@code maxNewTokens} to {@code max_new_tokens}. */
  static String keyName(String componentName) {
    return componentName.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  /** Every key below a record type, dotted, in the order of the record components. */
  static List<String> keys(Class<? extends Record> type) {
    List<String> keys = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      String name = keyName(component.getName());
      if (component.getType().isRecord()) {
        keys(component.getType().asSubclass(Record.class))
            .forEach(key -> keys.add(name + "." + key));
      } else {
        keys.add(name);
      }
    }
    return keys;
  }

  /** The values of a record under their dotted keys, as plain Java objects and enum keys. */
  static Map<String, Object> values(Record source) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (RecordComponent component : source.getClass().getRecordComponents()) {
      String name = keyName(component.getName());
      Object value = component(component, source);
      if (value instanceof HistoryShare share) {
        values.put(name, share.plain());
      } else if (value instanceof Record section) {
        values(section).forEach((key, leaf) -> values.put(name + "." + key, leaf));
      } else if (value instanceof Enum<?> constant) {
        values.put(name, Choice.keyOf(constant));
      } else {
        values.put(name, value);
      }
    }
    return values;
  }

  /**
   * Builds a record of the given type from the keys below {@code prefix}.
   *
   * @param prefix dotted path with its final dot, or the empty string
   * @throws UserError if a value is missing, has the wrong type or is out of range
   */
  static <R extends Record> R read(Class<R> type, Config config, String prefix) {
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] arguments = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      String key = prefix + keyName(components[i].getName());
      arguments[i] =
          types[i].isRecord()
              ? read(types[i].asSubclass(Record.class), config, key + ".")
              : leaf(key, components[i].getGenericType(), value(config, key));
    }
    return construct(type, types, arguments);
  }

  private static <R extends Record> R construct(
      Class<R> type, Class<?>[] types, Object[] arguments) {
    try {
      Constructor<R> constructor = type.getDeclaredConstructor(types);
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Config record " + type + " cannot be built", e);
    }
  }

  private static Object component(RecordComponent component, Record source) {
    try {
      return component.getAccessor().invoke(source);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Config record " + source + " cannot be read", e);
    }
  }

  private static ConfigValue value(Config config, String key) {
    if (!config.hasPathOrNull(key) || config.getIsNull(key)) {
      throw new UserError(key + " has no value (null); give it one or remove the line.");
    }
    return config.getValue(key);
  }

  private static Object leaf(String key, Type type, ConfigValue value) {
    if (type instanceof ParameterizedType list) {
      return list(key, list.getActualTypeArguments()[0], value);
    }
    if (type == int.class || type == Integer.class) {
      return (int) integer(key, value, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
    if (type == long.class) {
      return integer(key, value, Long.MIN_VALUE, Long.MAX_VALUE);
    }
    if (type == double.class) {
      return number(key, value);
    }
    if (type == boolean.class) {
      return switch (text(key, "true or false", value)) {
        case "true" -> true;
        case "false" -> false;
        default -> throw wrongType(key, "true or false", value);
      };
    }
    if (type == String.class) {
      return text(key, "a string", value);
    }
    if (type == HistoryShare.class) {
      return share(key, value);
    }
    return choice(key, (Class<?>) type, value);
  }

  private static HistoryShare share(String key, ConfigValue value) {
    String expected = "a number or " + HistoryShare.AUTO;
    return text(key, expected, value).equals(HistoryShare.AUTO)
        ? new HistoryShare.Auto()
        : new HistoryShare.Fixed(decimal(key, expected, value).doubleValue());
  }

  private static List<Object> list(String key, Type elementType, ConfigValue value) {
    if (!(value instanceof ConfigList elements)) {
      throw wrongType(key, "a list such as [a, b]", value);
    }
    List<Object> result = new ArrayList<>();
    for (ConfigValue element : elements) {
      result.add(leaf(key, elementType, element));
    }
    return result;
  }

  private static long integer(String key, ConfigValue value, long low, long high) {
    BigDecimal number = decimal(key, "an integer", value);
    boolean whole = number.signum() == 0 || number.stripTrailingZeros().scale() <= 0;
    if (!whole
        || number.compareTo(BigDecimal.valueOf(low)) < 0
        || number.compareTo(BigDecimal.valueOf(high)) > 0) {
      throw wrongType(key, "an integer", value);
    }
    return number.longValueExact();
  }

  private static double number(String key, ConfigValue value) {
    double number = decimal(key, "a number", value).doubleValue();
    if (!Double.isFinite(number)) {
      throw wrongType(key, "a number", value);
    }
    return number;
  }

  private static BigDecimal decimal(String key, String expected, ConfigValue value) {
    try {
      return new BigDecimal(text(key, expected, value));
    } catch (NumberFormatException e) {
      throw wrongType(key, expected, value);
    }
  }

  /** A scalar as the user wrote it; numbers and booleans count as their text. */
  private static String text(String key, String expected, ConfigValue value) {
    if (value.valueType() == ConfigValueType.STRING) {
      return (String) value.unwrapped();
    }
    if (value.valueType() == ConfigValueType.NUMBER
        || value.valueType() == ConfigValueType.BOOLEAN) {
      return value.render();
    }
    throw wrongType(key, expected, value);
  }

  private static Object choice(String key, Class<?> type, ConfigValue value) {
    Class<? extends Enum<?>> choices = enumType(type);
    String text = text(key, "one of " + Choice.allowed(choices), value);
    for (Enum<?> constant : choices.getEnumConstants()) {
      if (Choice.keyOf(constant).equals(text)) {
        return constant;
      }
    }
    throw new UserError(
        key
            + " = "
            + text
            + " is not available: use "
            + Choice.allowed(choices)
            + "."
            + origin(value));
  }

  @SuppressWarnings("unchecked")
  private static Class<? extends Enum<?>> enumType(Class<?> type) {
    if (!type.isEnum()) {
      throw new IllegalStateException("Config records have no leaves of " + type);
    }
    return (Class<? extends Enum<?>>) type;
  }

  private static UserError wrongType(String key, String expected, ConfigValue value) {
    return new UserError(
        key
            + " = "
            + value.render(ConfigRenderOptions.concise())
            + " has the wrong type: it must"
            + " be "
            + expected
            + "."
            + origin(value));
  }

  private static String origin(ConfigValue value) {
    return " (" + value.origin().description() + ")";
  }
}
