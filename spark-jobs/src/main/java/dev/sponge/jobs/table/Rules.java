package dev.sponge.jobs.table;

import dev.sponge.rl.SpongeException;

/**
 * The constraints of the tables, checked when a row's record is built: before anything is written
 * and again on every read.
 */
final class Rules {
  private Rules() {}

  @SuppressWarnings("AnnotateFormatMethod") // The annotation's library is no dependency here.
  static void require(boolean holds, String message, Object... values) {
    if (!holds) {
      throw new SpongeException(String.format(message, values));
    }
  }

  static void filled(String table, String column, String value) {
    require(value != null && !value.isBlank(), "%s.%s must not be empty", table, column);
  }

  static void atLeast(String table, String column, int value, int least) {
    require(value >= least, "%s.%s is %s; it must be at least %s", table, column, value, least);
  }

  static void finite(String table, String column, String rolloutId, float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        require(
            false,
            "%s.%s of rollout %s is %s at token %s; it must be finite",
            table,
            column,
            rolloutId,
            values[i],
            i);
      }
    }
  }
}
