package dev.sponge.rl.training;

import dev.sponge.rl.UserError;
import dev.sponge.rl.tensor.OptimizerKernels.AdamWSettings;

/**
 * @param learningRate warm-up and value
 * @param beta1 decay of the first moment, in [0, 1)
 * @param beta2 decay of the second moment, in [0, 1)
 * @param epsilon added to the root of the second moment
 * @param weightDecay decoupled, 0 or more
 * @param maxGradNorm gradients with a larger global L2 norm are scaled down to it
 */
public record OptimizerSettings(
    LearningRateSchedule learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    double maxGradNorm) {
  public OptimizerSettings {
    require(beta1 >= 0 && beta1 < 1, "training.adam_beta1", beta1, "at least 0 and below 1");
    require(beta2 >= 0 && beta2 < 1, "training.adam_beta2", beta2, "at least 0 and below 1");
    require(epsilon > 0, "training.adam_epsilon", epsilon, "above 0");
    require(weightDecay >= 0, "training.weight_decay", weightDecay, "0 or more");
    require(maxGradNorm > 0, "training.max_grad_norm", maxGradNorm, "above 0");
  }

  AdamWSettings with(double rate) {
    return new AdamWSettings(rate, beta1, beta2, epsilon, weightDecay);
  }

  private static void require(boolean holds, String key, double value, String range) {
    if (!holds) {
      throw new UserError(key + " is " + value + ", must be " + range);
    }
  }
}
