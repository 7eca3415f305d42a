package dev.sponge.jobs.table;

import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.types.ArrayType;
import io.delta.kernel.types.BooleanType;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.DoubleType;
import io.delta.kernel.types.FloatType;
import io.delta.kernel.types.IntegerType;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.MapType;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.TimestampType;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/** The column types in use, each with its Java type. */
enum ColumnType {
  STRING,
  BOOLEAN,
  INT,
  LONG,
  DOUBLE,
  TIMESTAMP,
  INT_ARRAY,
  FLOAT_ARRAY,
  DOUBLE_MAP;

  private static final Map<Class<?>, ColumnType> BY_JAVA_TYPE =
      Map.ofEntries(
          Map.entry(String.class, STRING),
          Map.entry(boolean.class, BOOLEAN),
          Map.entry(Boolean.class, BOOLEAN),
          Map.entry(int.class, INT),
          Map.entry(Integer.class, INT),
          Map.entry(long.class, LONG),
          Map.entry(Long.class, LONG),
          Map.entry(double.class, DOUBLE),
          Map.entry(Double.class, DOUBLE),
          Map.entry(Instant.class, TIMESTAMP),
          Map.entry(int[].class, INT_ARRAY),
          Map.entry(float[].class, FLOAT_ARRAY),
          Map.entry(Map.class, DOUBLE_MAP));

  static ColumnType of(Class<?> javaType) {
    ColumnType type = BY_JAVA_TYPE.get(javaType);
    if (type == null) {
      throw new IllegalArgumentException("No column type for " + javaType);
    }
    return type;
  }

  DataType dataType() {
    return switch (this) {
      case STRING -> StringType.STRING;
      case BOOLEAN -> BooleanType.BOOLEAN;
      case INT -> IntegerType.INTEGER;
      case LONG -> LongType.LONG;
      case DOUBLE -> DoubleType.DOUBLE;
      case TIMESTAMP -> TimestampType.TIMESTAMP;
      case INT_ARRAY -> new ArrayType(IntegerType.INTEGER, false);
      case FLOAT_ARRAY -> new ArrayType(FloatType.FLOAT, false);
      case DOUBLE_MAP -> new MapType(StringType.STRING, DoubleType.DOUBLE, false);
    };
  }

  /** Microseconds since the epoch, which is all a timestamp column keeps. */
  static long micros(Instant instant) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
  }

  /** The Java value of a cell, null for SQL NULL. */
  Object read(ColumnVector vector, int row) {
    if (vector.isNullAt(row)) {
      return null;
    }
    return switch (this) {
      case STRING -> vector.getString(row);
      case BOOLEAN -> vector.getBoolean(row);
      case INT -> vector.getInt(row);
      case LONG -> vector.getLong(row);
      case DOUBLE -> vector.getDouble(row);
      case TIMESTAMP -> Instant.EPOCH.plus(vector.getLong(row), ChronoUnit.MICROS);
      case INT_ARRAY -> ints(vector.getArray(row).getElements());
      case FLOAT_ARRAY -> floats(vector.getArray(row).getElements());
      case DOUBLE_MAP -> doubles(vector.getMap(row).getKeys(), vector.getMap(row).getValues());
    };
  }

  private static int[] ints(ColumnVector elements) {
    int[] values = new int[elements.getSize()];
    for (int i = 0; i < values.length; i++) {
      values[i] = elements.getInt(i);
    }
    return values;
  }

  private static float[] floats(ColumnVector elements) {
    float[] values = new float[elements.getSize()];
    for (int i = 0; i < values.length; i++) {
      values[i] = elements.getFloat(i);
    }
    return values;
  }

  private static Map<String, Double> doubles(ColumnVector keys, ColumnVector values) {
    Map<String, Double> map = new LinkedHashMap<>();
    for (int i = 0; i < keys.getSize(); i++) {
      map.put(keys.getString(i), values.getDouble(i));
    }
    return map;
  }
}
