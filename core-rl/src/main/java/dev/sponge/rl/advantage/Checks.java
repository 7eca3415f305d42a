package dev.sponge.rl.advantage;

import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;

/** Checks of settings, in the words of the configuration, and of numbers that models computed. */
final class Checks {
  private Checks() {}

  static void setting(boolean holds, String key, Number value, String range) {
    if (!holds || !Double.isFinite(value.doubleValue())) {
      throw new UserError(key + " is " + value + ", must be " + range);
    }
  }

  /** Refuses NaN and infinities, which sums over a batch would spread to every token. */
  static void finite(String name, double[] values) {
    for (int t = 0; t < values.length; t++) {
      if (!Double.isFinite(values[t])) {
        throw new SpongeException(
            "%s %d of %d is %s, must be a finite number: the model or the reward that gave it is broken"
                .formatted(name, t, values.length, values[t]));
      }
    }
  }

  static void sameLength(String name, int length, String other, int otherLength) {
    if (length != otherLength) {
      throw new IllegalArgumentException(
          "%d %s for %d %s, must be as many".formatted(length, name, otherLength, other));
    }
  }
}
