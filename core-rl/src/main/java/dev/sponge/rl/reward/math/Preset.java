package dev.sponge.rl.reward.math;

import java.util.Locale;

/** A set of rules for finding and comparing answers. */
public enum Preset {
  /** For rewards: the last box only, known units only, no fallback. */
  REWARD,
  /** As Math-Verify does by default: boxes, then anchors, formulas and numbers. */
  MATH_VERIFY,
  /**
   * As DeepScaleR's reward does: after the thought, the last box, integers and reduced fractions.
   */
  DEEPSCALER;

  /** How command line and configuration name it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
