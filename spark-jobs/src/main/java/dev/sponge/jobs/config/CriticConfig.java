package dev.sponge.jobs.config;

/** Section {@code critic}: the value function of PPO. */
public record CriticConfig(
    Backbone backbone,
    double learningRate,
    int warmupSteps,
    int frozenPolicySteps,
    double valueClip,
    double headStd) {

  /** Which network the value head stands on. */
  public enum Backbone {
    /** A copy of policy version 0, trained as a whole. */
    OWN,
    /** The policy's; the value head alone is trained. */
    SHARED
  }

  public CriticConfig {
    Check.above("critic.learning_rate", learningRate, 0, 10);
    Check.range("critic.warmup_steps", warmupSteps, 0, 1_000_000);
    Check.range("critic.frozen_policy_steps", frozenPolicySteps, 0, 1_000_000);
    Check.above("critic.value_clip", valueClip, 0, 1e9);
    Check.range("critic.head_std", headStd, 0, 10);
  }

  /** Whether outer step k updates the critic alone. */
  public boolean freezesPolicy(int k) {
    return k < frozenPolicySteps;
  }
}
