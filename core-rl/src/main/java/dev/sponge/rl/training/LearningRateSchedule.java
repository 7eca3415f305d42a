package dev.sponge.rl.training;

import dev.sponge.rl.UserError;

/**
 * Linear warm-up, then constant.
 *
 * @param learningRate the constant value, above 0
 * @param warmupSteps optimiser updates until it is reached, 0 or more
 */
public record LearningRateSchedule(double learningRate, int warmupSteps) {
  public LearningRateSchedule {
    if (!(learningRate > 0 && Double.isFinite(learningRate))) {
      throw new UserError("learning_rate is " + learningRate + ", must be a finite number above 0");
    }
    if (warmupSteps < 0) {
      throw new UserError("warmup_steps is " + warmupSteps + ", must be 0 or more");
    }
  }

  /**
   * The learning rate of one optimiser update. The first warm-up update already moves the weights:
   * its rate is learningRate / warmupSteps.
   *
   * @param update updates done before this one, 0 or more
   */
  public double at(long update) {
    if (update < 0) {
      throw new IllegalArgumentException("update is " + update + ", must be 0 or more");
    }
    return update >= warmupSteps ? learningRate : learningRate * (update + 1) / warmupSteps;
  }
}
