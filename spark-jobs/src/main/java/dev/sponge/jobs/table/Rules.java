package dev.sponge.jobs.table;

import dev.sponge.rl.SpongeException;

/**
 * The constraints of the tables, checked when a row's record is built: before anything is written
 * and again on every read. {@link Column#check} and {@link Table#rules} say the same to Spark's
 * writers; a test compares the two.
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
            "%s.%s of rollout %s is %s at token %s; it must be finite. The policy that computed it has"
                + " broken down: look at actor/grad_norm of its train_steps, lower"
                + " training.learning_rate or set engine.dtype = float32, and go on from a version"
                + " before",
            table,
            column,
            rolloutId,
            values[i],
            i);
      }
    }
  }

  /** One value a token; {@code null} values pass. */
  static void perToken(
      String table, String column, String rolloutId, int[] tokens, float[] values) {
    require(
        values == null || values.length == tokens.length,
        "%s: rollout %s has %s response_ids but %s %s; each sampled token has one. What wrote the"
            + " rollout lost or doubled tokens: generate it again",
        table,
        rolloutId,
        tokens.length,
        values == null ? 0 : values.length,
        column);
  }

  /** In [0, 1]; null passes. */
  static void share(String table, String column, Double value) {
    require(
        value == null || (value >= 0 && value <= 1),
        "%s.%s is %s; it lies in [0, 1]",
        table,
        column,
        value);
  }

  /** Finite and at most 0; null passes. */
  static void logprobs(String table, String column, String rolloutId, float[] values) {
    if (values == null) {
      return;
    }
    finite(table, column, rolloutId, values);
    for (int i = 0; i < values.length; i++) {
      if (values[i] > 0) {
        require(
            false,
            "%s.%s of rollout %s is %s at token %s; a log-probability is at most 0. What wrote it"
                + " stored something else, or rounded: store natural logarithms, clamped at 0",
            table,
            column,
            rolloutId,
            values[i],
            i);
      }
    }
  }
}
