package dev.sponge.jobs.table;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Makes a record the row of a Delta table. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface Table {
  /** What one row is; becomes the description of the Delta table. */
  String value();

  /** What must hold between columns, beside the {@link Column#check} of each. */
  Rule[] rules() default {};

  /**
   * Constraints of earlier layouts that no longer hold: a migration removes them. One with another
   * condition is somebody else's and stays.
   */
  Rule[] retired() default {};

  /** One CHECK constraint; the record's constructor requires the same. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target({})
  @interface Rule {
    /** Tells the constraint from others of the table. */
    String name();

    /** The condition; Delta refuses a row for which it is false or NULL. */
    String sql();
  }
}
