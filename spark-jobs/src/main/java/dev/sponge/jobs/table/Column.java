package dev.sponge.jobs.table;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a record component a table column. The column's name is the component's in snake_case, its
 * type follows from the Java type ({@link ColumnType}).
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Column {
  /** What the column holds, with shape and unit; becomes the column comment of the Delta table. */
  String value();

  /**
   * Whether the column tells which row this is. When Delta skips a commit as done before, the rows
   * to write must be there with equal identities.
   */
  boolean identity() default false;

  /** Whether SQL NULL is a legal value; the component then has a boxed or reference type. */
  boolean nullable() default false;

  /** What must hold for every value, beside NOT NULL. */
  ColumnCheck check() default ColumnCheck.NONE;
}
