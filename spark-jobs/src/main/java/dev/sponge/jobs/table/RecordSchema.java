package dev.sponge.jobs.table;

import dev.sponge.rl.SpongeException;
import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.types.FieldMetadata;
import io.delta.kernel.types.StructField;
import io.delta.kernel.types.StructType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * The schema of a table, read from its record type: the record's components in order are the
 * columns.
 */
final class RecordSchema<R extends Record> {
  /** One column and the accessor of its component. */
  record Field(
      String name,
      ColumnType type,
      boolean nullable,
      boolean identity,
      ColumnCheck check,
      String comment,
      Method accessor) {
    Object value(Object row) {
      try {
        return accessor.invoke(row);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("Cannot read " + accessor, e);
      }
    }
  }

  private final Class<R> recordType;
  private final Constructor<R> constructor;
  private final List<Field> fields;
  private final StructType deltaSchema;

  private RecordSchema(Class<R> recordType, Constructor<R> constructor, List<Field> fields) {
    this.recordType = recordType;
    this.constructor = constructor;
    this.fields = fields;
    this.deltaSchema = new StructType(fields.stream().map(RecordSchema::structField).toList());
  }

  static <R extends Record> RecordSchema<R> of(Class<R> recordType) {
    RecordComponent[] components = recordType.getRecordComponents();
    try {
      return new RecordSchema<>(
          recordType,
          recordType.getDeclaredConstructor(
              Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new)),
          Arrays.stream(components).map(RecordSchema::field).toList());
    } catch (NoSuchMethodException e) {
      throw new IllegalArgumentException(recordType + " has no canonical constructor", e);
    }
  }

  private static Field field(RecordComponent component) {
    Column column =
        Objects.requireNonNull(
            component.getAnnotation(Column.class), () -> component + " has no @Column");
    return new Field(
        component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT),
        ColumnType.of(component.getType()),
        column.nullable(),
        column.identity(),
        column.check(),
        column.value(),
        component.getAccessor());
  }

  private static StructField structField(Field field) {
    return new StructField(
        field.name(),
        field.type().dataType(),
        field.nullable(),
        FieldMetadata.builder().putString("comment", field.comment()).build());
  }

  /** What one row is. */
  String comment() {
    return table().value();
  }

  /** The CHECK constraints by name: SQL that holds for every row. */
  Map<String, String> constraints() {
    Map<String, String> constraints = new LinkedHashMap<>();
    for (Field field : fields) {
      if (field.check() != ColumnCheck.NONE) {
        constraints.put(
            field.name() + "_" + field.check().name().toLowerCase(Locale.ROOT),
            field.check().sql(field.name(), field.nullable()));
      }
    }
    for (Table.Rule rule : table().rules()) {
      constraints.put(rule.name(), rule.sql());
    }
    return constraints;
  }

  /** The CHECK constraints of earlier layouts that are no more, by name. */
  Map<String, String> retiredConstraints() {
    Map<String, String> retired = new LinkedHashMap<>();
    for (Table.Rule rule : table().retired()) {
      retired.put(rule.name(), rule.sql());
    }
    return retired;
  }

  private Table table() {
    return Objects.requireNonNull(
        recordType.getAnnotation(Table.class), () -> recordType + " has no @Table");
  }

  StructType deltaSchema() {
    return deltaSchema;
  }

  List<Field> fields() {
    return fields;
  }

  Field field(String name) {
    return fields.get(deltaSchema.indexOf(name));
  }

  /** The values of a row's identity columns, in column order. */
  List<Object> identity(R row) {
    return fields.stream().filter(Field::identity).map(field -> field.value(row)).toList();
  }

  /** The rows as columns, without the columns that stand in the partition values. */
  ColumnarBatch batch(List<R> rows, List<String> partitionColumns) {
    return new RecordBatch(
        rows,
        fields.stream().filter(field -> !partitionColumns.contains(field.name())).toList(),
        new StructType(
            deltaSchema.fields().stream()
                .filter(field -> !partitionColumns.contains(field.getName()))
                .toList()));
  }

  /** Row {@code row} of a batch that has exactly this schema's columns. */
  R read(List<ColumnVector> vectors, int row) {
    List<Object> values = new ArrayList<>(fields.size());
    for (int i = 0; i < fields.size(); i++) {
      Field field = fields.get(i);
      Object value = field.type().read(vectors.get(i), row);
      if (value == null && !field.nullable()) {
        throw new SpongeException(
            "Damaged table: column %s is NULL in a row of %s, which does not allow it."
                .formatted(field.name(), recordType.getSimpleName()));
      }
      values.add(value);
    }
    try {
      return constructor.newInstance(values.toArray());
    } catch (java.lang.reflect.InvocationTargetException e) {
      throw new SpongeException(
          "Damaged table: a row of %s breaks a rule: %s"
              .formatted(recordType.getSimpleName(), e.getCause().getMessage()),
          e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot build " + recordType, e);
    }
  }

  /** Throws if a column that may not be NULL is null in {@code row}. */
  void requireNoNulls(R row) {
    for (Field field : fields) {
      if (!field.nullable() && field.value(row) == null) {
        throw new SpongeException(
            "Column %s of %s must not be NULL; the row is not written."
                .formatted(field.name(), recordType.getSimpleName()));
      }
    }
  }
}
