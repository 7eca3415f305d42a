package dev.sponge.rl.advantage;

import dev.sponge.rl.UserError;

/**
 * The constants of the estimators.
 *
 * @param stdEpsilon added to the standard deviation of GRPO's normalisation, above 0
 */
public record AdvantageSettings(double stdEpsilon) {
  public AdvantageSettings {
    if (!(stdEpsilon > 0 && Double.isFinite(stdEpsilon))) {
      throw new UserError(
          "advantage.std_epsilon is " + stdEpsilon + ", must be a finite number above 0");
    }
  }

  /** verl's epsilon, 1e-6. */
  public static AdvantageSettings defaults() {
    return new AdvantageSettings(1e-6);
  }
}
