package dev.sponge.rl.objective;

import dev.sponge.rl.UserError;

/** Checks of constants, in the words of the configuration. */
final class Settings {
  private Settings() {}

  static void require(boolean holds, String key, Number value, String range) {
    if (!holds || Double.isInfinite(value.doubleValue())) {
      throw new UserError(key + " is " + value + ", must be " + range);
    }
  }
}
