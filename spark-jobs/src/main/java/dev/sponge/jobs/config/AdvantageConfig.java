package dev.sponge.jobs.config;

import dev.sponge.rl.advantage.AdvantageEstimator;

/** Section {@code advantage}: how rewards of a group become advantages. */
public record AdvantageConfig(
    AdvantageEstimator estimator,
    double stdEpsilon,
    OffPolicy offPolicy,
    ZeroVarianceGroups zeroVarianceGroups) {

  /** Advantages of replayed groups. */
  public enum OffPolicy {
    /** Those of the step that sampled the group. */
    STORED
  }

  /** What happens to a group whose rewards are all equal. */
  public enum ZeroVarianceGroups {
    /** Its tokens stay in the denominator of the loss. */
    KEEP
  }

  public AdvantageConfig {
    Check.range("advantage.std_epsilon", stdEpsilon, 0, 1);
  }
}
