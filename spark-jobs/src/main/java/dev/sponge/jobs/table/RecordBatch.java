package dev.sponge.jobs.table;

import dev.sponge.jobs.table.RecordSchema.Field;
import io.delta.kernel.data.ArrayValue;
import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.MapValue;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.DoubleType;
import io.delta.kernel.types.FloatType;
import io.delta.kernel.types.IntegerType;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.StructType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Records seen as columns, without a copy: what the Parquet writer takes. */
final class RecordBatch implements ColumnarBatch {
  private final List<? extends Record> rows;
  private final List<Field> fields;
  private final StructType schema;

  RecordBatch(List<? extends Record> rows, List<Field> fields, StructType schema) {
    this.rows = rows;
    this.fields = fields;
    this.schema = schema;
  }

  @Override
  public StructType getSchema() {
    return schema;
  }

  @Override
  public int getSize() {
    return rows.size();
  }

  @Override
  public ColumnVector getColumnVector(int ordinal) {
    Field field = fields.get(ordinal);
    List<Object> values = new ArrayList<>(rows.size());
    for (Record row : rows) {
      values.add(field.value(row));
    }
    return new ObjectVector(field.type().dataType(), values);
  }

  /** A column of Java objects. */
  private record ObjectVector(DataType dataType, List<?> values) implements ColumnVector {
    @Override
    public DataType getDataType() {
      return dataType;
    }

    @Override
    public int getSize() {
      return values.size();
    }

    @Override
    public void close() {}

    @Override
    public boolean isNullAt(int row) {
      return values.get(row) == null;
    }

    @Override
    public boolean getBoolean(int row) {
      return (Boolean) values.get(row);
    }

    @Override
    public int getInt(int row) {
      return (Integer) values.get(row);
    }

    @Override
    public long getLong(int row) {
      return values.get(row) instanceof Instant instant
          ? ColumnType.micros(instant)
          : (Long) values.get(row);
    }

    @Override
    public double getDouble(int row) {
      return (Double) values.get(row);
    }

    @Override
    public String getString(int row) {
      return (String) values.get(row);
    }

    @Override
    public ArrayValue getArray(int row) {
      ColumnVector elements =
          values.get(row) instanceof int[] ints
              ? new IntVector(ints)
              : new FloatVector((float[]) values.get(row));
      return new ArrayValue() {
        @Override
        public int getSize() {
          return elements.getSize();
        }

        @Override
        public ColumnVector getElements() {
          return elements;
        }
      };
    }

    @Override
    public MapValue getMap(int row) {
      Map<?, ?> map = (Map<?, ?>) values.get(row);
      ColumnVector keys = new ObjectVector(StringType.STRING, List.copyOf(map.keySet()));
      ColumnVector mapped = new ObjectVector(DoubleType.DOUBLE, List.copyOf(map.values()));
      return new MapValue() {
        @Override
        public int getSize() {
          return map.size();
        }

        @Override
        public ColumnVector getKeys() {
          return keys;
        }

        @Override
        public ColumnVector getValues() {
          return mapped;
        }
      };
    }
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record IntVector(int[] values) implements ColumnVector {
    @Override
    public DataType getDataType() {
      return IntegerType.INTEGER;
    }

    @Override
    public int getSize() {
      return values.length;
    }

    @Override
    public void close() {}

    @Override
    public boolean isNullAt(int row) {
      return false;
    }

    @Override
    public int getInt(int row) {
      return values[row];
    }
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record FloatVector(float[] values) implements ColumnVector {
    @Override
    public DataType getDataType() {
      return FloatType.FLOAT;
    }

    @Override
    public int getSize() {
      return values.length;
    }

    @Override
    public void close() {}

    @Override
    public boolean isNullAt(int row) {
      return false;
    }

    @Override
    public float getFloat(int row) {
      return values[row];
    }
  }
}
