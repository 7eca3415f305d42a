package dev.sponge.rl.advantage;

/**
 * The constants of the estimators; each names the one that reads it.
 *
 * @param stdEpsilon added to the standard deviation of GRPO's normalisation, above 0
 * @param groupStd the standard deviation of GRPO's normalisation
 * @param valueOffset delta V of ASYMRE, in units of the reward: what the baseline lies above the
 *     mean of the group. Below 0 right answers weigh more than wrong ones, which is what makes
 *     off-policy training stable (arXiv 2506.20520); 0 gives DR_GRPO; above 0 the wrong ones weigh
 *     more, and training collapses in the paper
 * @param baseline what REWARD subtracts, in units of the reward
 */
public record AdvantageSettings(
    double stdEpsilon, GroupStd groupStd, double valueOffset, double baseline) {
  private static final double ASYMRE_VALUE_OFFSET = -0.1; // for rewards of +-1

  public AdvantageSettings {
    Checks.setting(stdEpsilon > 0, "advantage.std_epsilon", stdEpsilon, "a finite number above 0");
    Checks.setting(true, "advantage.value_offset", valueOffset, "a finite number, usually below 0");
    Checks.setting(true, "advantage.baseline", baseline, "a finite number");
  }

  /** The defaults with another epsilon. */
  public AdvantageSettings(double stdEpsilon) {
    this(stdEpsilon, GroupStd.SAMPLE, ASYMRE_VALUE_OFFSET, 0);
  }

  /** verl's epsilon 1e-6 and sample standard deviation, AsymRE's offset -0.1, no baseline. */
  public static AdvantageSettings defaults() {
    return new AdvantageSettings(1e-6);
  }
}
