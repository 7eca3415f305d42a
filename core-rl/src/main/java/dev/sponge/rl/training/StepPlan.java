package dev.sponge.rl.training;

import dev.sponge.rl.objective.ObjectiveSettings;

/**
 * How one outer step trains.
 *
 * @param step k
 * @param passes m, sweeps over the data
 * @param minibatches optimiser updates in a pass; at most one a sequence
 * @param microBatches what goes through one forward and backward pass; bounds memory, changes no
 *     result beyond rounding
 * @param seed of the run; the order within a pass is a function of it, the step and the pass
 * @param objective with the lambda of this step
 */
public record StepPlan(
    int step,
    int passes,
    int minibatches,
    MicroBatchLimits microBatches,
    long seed,
    ObjectiveSettings objective) {
  public StepPlan {
    if (passes < 1 || minibatches < 1) {
      throw new IllegalArgumentException(
          "passes %d and minibatches %d must be at least 1".formatted(passes, minibatches));
    }
  }
}
