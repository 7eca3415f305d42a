package dev.sponge.jobs.table;

/**
 * What must hold for the values of one column, as SQL: part of the CHECK constraints that Spark's
 * writers obey. The record's constructor requires the same through {@link Rules}.
 */
enum ColumnCheck {
  NONE(""),
  FILLED("%s RLIKE '\\\\S'"),
  NOT_NEGATIVE("%s >= 0"),
  POSITIVE("%s >= 1"),
  /** In [0, 1]. */
  SHARE("%s BETWEEN 0 AND 1"),
  /** Every element of an array is a number. NaN is greater than infinity in Spark. */
  FINITE("forall(%s, x -> abs(x) < float('Infinity'))"),
  /** Every element of an array is a log-probability: a number of at most 0. */
  LOGPROBS("forall(%s, x -> x <= 0 AND x > float('-Infinity'))");

  private final String pattern;

  ColumnCheck(String pattern) {
    this.pattern = pattern;
  }

  /** The condition on the column; Delta refuses a row for which it is false or NULL. */
  String sql(String column, boolean nullable) {
    String condition = pattern.formatted(column);
    return nullable ? "%s IS NULL OR %s".formatted(column, condition) : condition;
  }
}
