package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;

/** Range checks of the config records; every message names key, value and range. */
final class Check {
  private Check() {}

  /** Requires {@code low <= value <= high}. */
  static void range(String key, long value, long low, long high) {
    if (value < low || value > high) {
      throw outOfRange(key, value, "an integer from " + low + " to " + high);
    }
  }

  /** Requires {@code low <= value <= high}; NaN fails. */
  static void range(String key, double value, double low, double high) {
    if (!(value >= low && value <= high)) {
      throw outOfRange(key, value, "a number from " + low + " to " + high);
    }
  }

  /** Requires {@code low < value <= high}; NaN fails. */
  static void above(String key, double value, double low, double high) {
    if (!(value > low && value <= high)) {
      throw outOfRange(key, value, "a number above " + low + " and at most " + high);
    }
  }

  /** Requires {@code 0 <= value <= 1}. */
  static void share(String key, double value) {
    range(key, value, 0, 1);
  }

  static UserError outOfRange(String key, Object value, String range) {
    return new UserError(key + " = " + value + " is out of range: it must be " + range + ".");
  }
}
