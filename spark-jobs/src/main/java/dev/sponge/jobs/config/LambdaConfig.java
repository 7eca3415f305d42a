package dev.sponge.jobs.config;

import dev.sponge.rl.training.ReMixSchedule.LambdaClock;

/**
 * Section {@code objective.kl.lambda}: weight of the base policy, {@code max(1 - decay * ceil(max(t
 * - start, 0) / period), floor)} with t = k + 1.
 */
public record LambdaConfig(int start, int period, double decay, double floor, LambdaClock clock) {

  public LambdaConfig {
    Check.range("objective.kl.lambda.start", start, 0, 1_000_000);
    Check.range("objective.kl.lambda.period", period, 1, 1_000_000);
    Check.share("objective.kl.lambda.decay", decay);
    Check.share("objective.kl.lambda.floor", floor);
  }

  LambdaConfig withFloor(double newFloor) {
    return new LambdaConfig(start, period, decay, newFloor, clock);
  }
}
