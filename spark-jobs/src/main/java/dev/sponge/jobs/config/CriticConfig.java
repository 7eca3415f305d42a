package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;

/** Section {@code critic}: the value function of PPO. */
public record CriticConfig(
    Backbone backbone,
    double learningRate,
    int warmupSteps,
    int frozenPolicySteps,
    double valueClip,
    double headStd,
    double lossCoefficient) {

  /** Which network the value head stands on. */
  public enum Backbone {
    /** A copy of policy version 0, trained as a whole. */
    OWN,
    /** The policy's; with a loss coefficient the value loss trains it too, else the head alone. */
    SHARED
  }

  public CriticConfig {
    Check.above("critic.learning_rate", learningRate, 0, 10);
    Check.range("critic.warmup_steps", warmupSteps, 0, 1_000_000);
    Check.range("critic.frozen_policy_steps", frozenPolicySteps, 0, 1_000_000);
    Check.above("critic.value_clip", valueClip, 0, 1e9);
    Check.range("critic.head_std", headStd, 0, 10);
    Check.range("critic.loss_coefficient", lossCoefficient, 0, 1000);
    if (backbone == Backbone.OWN && lossCoefficient > 0) {
      throw new UserError(
          "critic.loss_coefficient = "
              + lossCoefficient
              + " weighs the value loss beside the policy loss on one backbone and contradicts"
              + " critic.backbone = own; set critic.backbone = shared or the coefficient to 0.");
    }
  }

  /** Whether outer step k trains policy and critic with one loss. */
  public boolean isJoint(int k) {
    return backbone == Backbone.SHARED && lossCoefficient > 0 && !freezesPolicy(k);
  }

  /** Whether outer step k updates the critic alone. */
  public boolean freezesPolicy(int k) {
    return k < frozenPolicySteps;
  }
}
