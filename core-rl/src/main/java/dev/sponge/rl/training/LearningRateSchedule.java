package dev.sponge.rl.training;

import dev.sponge.rl.UserError;

/**
 * Linear warm-up, then constant or linear decay to a share of the peak.
 *
 * @param learningRate the peak, above 0
 * @param warmupSteps optimiser updates until it is reached, 0 or more
 * @param totalUpdates updates until {@code finalShare} is reached, 1 or more; later ones stay there
 * @param finalShare share of the peak at the last of {@code totalUpdates}, 0..1; 1 for no decay
 */
public record LearningRateSchedule(
    double learningRate, int warmupSteps, long totalUpdates, double finalShare) {
  /** Linear warm-up, then constant. */
  public LearningRateSchedule(double learningRate, int warmupSteps) {
    this(learningRate, warmupSteps, Long.MAX_VALUE, 1);
  }

  public LearningRateSchedule {
    if (!(learningRate > 0 && Double.isFinite(learningRate))) {
      throw new UserError("learning_rate is " + learningRate + ", must be a finite number above 0");
    }
    if (warmupSteps < 0) {
      throw new UserError("warmup_steps is " + warmupSteps + ", must be 0 or more");
    }
    if (totalUpdates < 1) {
      throw new IllegalArgumentException("totalUpdates is " + totalUpdates + ", must be 1 or more");
    }
    if (!(finalShare >= 0 && finalShare <= 1)) {
      throw new UserError(
          "final_learning_rate_share is " + finalShare + ", must be a number from 0 to 1");
    }
  }

  /**
   * The learning rate of one optimiser update. The first warm-up update already moves the weights:
   * its rate is learningRate / warmupSteps. The decay starts from the peak, which the last warm-up
   * update (without warm-up, the first update) has, and is cut short when the warm-up takes longer
   * than {@code totalUpdates}.
   *
   * @param update updates done before this one, 0 or more
   */
  public double at(long update) {
    if (update < 0) {
      throw new IllegalArgumentException("update is " + update + ", must be 0 or more");
    }
    if (update < warmupSteps) {
      return learningRate * (update + 1) / warmupSteps;
    }
    if (finalShare == 1) {
      return learningRate;
    }
    long peak = Math.max(warmupSteps - 1, 0);
    long last = totalUpdates - 1;
    double done = update >= last ? 1 : (double) (update - peak) / (last - peak);
    return learningRate * (1 + done * (finalShare - 1));
  }
}
