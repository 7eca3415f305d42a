package dev.sponge.jobs.config;

import dev.sponge.rl.objective.LossAggregation;

/**
 * Section {@code objective}: the loss. {@code lengthNorm} 0 stands for {@code
 * rollout.max_new_tokens}; {@code dualClip} and {@code weightCap} 0 switch these extensions off.
 */
public record ObjectiveConfig(
    double clipEpsilonLow,
    double clipEpsilonHigh,
    KlConfig kl,
    double entropyCoefficient,
    LossAggregation aggregation,
    int lengthNorm,
    RatioLevel ratioLevel,
    double dualClip,
    double weightCap) {

  /** What one importance ratio spans. */
  public enum RatioLevel {
    TOKEN
  }

  public ObjectiveConfig {
    Check.above("objective.clip_epsilon_low", clipEpsilonLow, 0, 1);
    Check.above("objective.clip_epsilon_high", clipEpsilonHigh, 0, 100);
    Check.range("objective.entropy_coefficient", entropyCoefficient, 0, 100);
    Check.range("objective.length_norm", lengthNorm, 0, 1_048_576);
    if (dualClip != 0) {
      Check.above("objective.dual_clip (0 switches it off)", dualClip, 1, 1e6);
    }
    if (weightCap != 0) {
      Check.above("objective.weight_cap (0 switches it off)", weightCap, 0, 1e6);
    }
  }

  ObjectiveConfig withKl(KlConfig newKl) {
    return new ObjectiveConfig(
        clipEpsilonLow,
        clipEpsilonHigh,
        newKl,
        entropyCoefficient,
        aggregation,
        lengthNorm,
        ratioLevel,
        dualClip,
        weightCap);
  }
}
