package dev.sponge.rl.objective;

import dev.sponge.rl.UserError;

/**
 * Half-widths of the band in which the ratio pi_theta/mu keeps its gradient, around its centre
 * pi_k/mu.
 *
 * @param low distance below the centre, above 0
 * @param high distance above the centre, above 0
 */
public record ClipRange(float low, float high) {
  public ClipRange {
    check("objective.clip_epsilon_low", low);
    check("objective.clip_epsilon_high", high);
  }

  private static void check(String key, float value) {
    if (!(value > 0 && Float.isFinite(value))) {
      throw new UserError(key + " is " + value + ", must be a finite number above 0");
    }
  }
}
