package dev.sponge.jobs.config;

import dev.sponge.rl.batch.ReplaySelector;

/** Section {@code history.priority}: the score of {@code history.selector = priority}. */
public record PriorityConfig(
    double reward, double advantage, double decay, double age, double use, double noise) {
  private static final String SECTION = "history.priority.";
  private static final double MOST = 1e6;

  public PriorityConfig {
    Check.range(SECTION + "reward", reward, -MOST, MOST);
    Check.range(SECTION + "advantage", advantage, -MOST, MOST);
    Check.above(SECTION + "decay", decay, 0, 1);
    Check.range(SECTION + "age", age, -MOST, MOST);
    Check.range(SECTION + "use", use, -MOST, MOST);
    Check.range(SECTION + "noise", noise, 0, MOST);
  }

  /** The same in the terms of core-rl. */
  ReplaySelector selector() {
    return new ReplaySelector.Priority(reward, advantage, decay, age, use, noise);
  }
}
