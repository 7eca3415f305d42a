package dev.sponge.jobs.provenance;

import java.lang.reflect.Array;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;

/** Compares the stored rows of a table with computed ones, column by column. */
final class RowComparison {
  private RowComparison() {}

  /** What differs in a column. */
  private static final class Column {
    private int rows;
    private double largest;
    private String first;
  }

  /**
   * @param key tells rows apart, in words
   * @return a line for each column that differs and for rows that only one side has; empty if all
   *     are equal
   */
  static <R extends Record> List<String> differences(
      String table, List<R> stored, List<R> computed, Function<R, String> key) {
    Map<String, R> storedByKey = byKey(stored, key);
    Map<String, R> computedByKey = byKey(computed, key);
    List<String> lines = new ArrayList<>();
    missing(table, storedByKey, computedByKey, "stored and not computed", lines);
    missing(table, computedByKey, storedByKey, "computed and not stored", lines);
    Map<String, Column> columns = new LinkedHashMap<>();
    storedByKey.forEach(
        (name, row) -> {
          if (computedByKey.containsKey(name)) {
            compare(name, row, computedByKey.get(name), columns);
          }
        });
    columns.forEach(
        (name, column) ->
            lines.add(
                "%s.%s: %d of %d rows%s; first: %s"
                    .formatted(
                        table,
                        name,
                        column.rows,
                        stored.size(),
                        column.largest > 0 ? ", by up to %.3g".formatted(column.largest) : "",
                        column.first)));
    return lines;
  }

  private static <R> Map<String, R> byKey(List<R> rows, Function<R, String> key) {
    Map<String, R> byKey = new TreeMap<>();
    rows.forEach(row -> byKey.put(key.apply(row), row));
    return byKey;
  }

  private static <R> void missing(
      String table, Map<String, R> here, Map<String, R> there, String what, List<String> lines) {
    List<String> keys = here.keySet().stream().filter(name -> !there.containsKey(name)).toList();
    if (!keys.isEmpty()) {
      lines.add("%s: %d rows %s; first: %s".formatted(table, keys.size(), what, keys.get(0)));
    }
  }

  private static void compare(
      String key, Record stored, Record computed, Map<String, Column> columns) {
    for (RecordComponent component : stored.getClass().getRecordComponents()) {
      Object left = value(stored, component);
      Object right = value(computed, component);
      if (!Objects.deepEquals(left, right)) {
        Column column = columns.computeIfAbsent(component.getName(), name -> new Column());
        column.rows++;
        column.largest = Math.max(column.largest, distance(left, right));
        if (column.first == null) {
          column.first =
              isArray(left) ? key : "%s, stored %s, computed %s".formatted(key, left, right);
        }
      }
    }
  }

  private static Object value(Record row, RecordComponent component) {
    try {
      return component.getAccessor().invoke(row);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The largest absolute difference of two numbers or arrays of like length; 0 for others. */
  private static double distance(Object left, Object right) {
    if (left instanceof Number a && right instanceof Number b) {
      return Math.abs(a.doubleValue() - b.doubleValue());
    }
    double largest = 0;
    if (isArray(left) && isArray(right) && Array.getLength(left) == Array.getLength(right)) {
      for (int i = 0; i < Array.getLength(left); i++) {
        largest = Math.max(largest, distance(Array.get(left, i), Array.get(right, i)));
      }
    }
    return largest;
  }

  private static boolean isArray(Object value) {
    return value != null && value.getClass().isArray();
  }
}
