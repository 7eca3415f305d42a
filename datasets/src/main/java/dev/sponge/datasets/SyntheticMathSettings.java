package dev.sponge.datasets;

import dev.sponge.rl.UserError;
import java.util.List;

/**
 * What {@link SyntheticMath} generates. Fails with {@link UserError} naming the config key.
 *
 * @param seed seed of both splits
 * @param trainProblems number of training problems, at least 1
 * @param testProblems number of held-out problems, at least 1
 * @param levels numbers of operations, each 1..4; problems go through them in turn
 * @param maxStart largest number that a problem starts with, 1..99
 * @param maxOperand largest number that is added or subtracted, 1..99
 * @param maxFactor largest number that is multiplied by, 1..9; 1 means no multiplication
 */
public record SyntheticMathSettings(
    long seed,
    int trainProblems,
    int testProblems,
    List<Integer> levels,
    int maxStart,
    int maxOperand,
    int maxFactor) {
  private static final int MAX_LEVEL = 4;
  private static final int DEFAULT_MAX_OPERAND = 50;
  private static final int DEFAULT_MAX_FACTOR = 9;

  public SyntheticMathSettings {
    levels = List.copyOf(levels);
    atLeastOne("data.train_problems", trainProblems);
    atLeastOne("data.test_problems", testProblems);
    if (levels.isEmpty() || levels.stream().anyMatch(level -> level < 1 || level > MAX_LEVEL)) {
      throw new UserError(
          "data.levels = %s must be a non-empty list of numbers of operations from 1 to %d."
              .formatted(levels, MAX_LEVEL));
    }
    if (levels.stream().distinct().count() < levels.size()) {
      throw new UserError(
          "data.levels = %s names a level twice; give each once.".formatted(levels));
    }
    inRange("data.max_start", maxStart, Chain.MAX_VALUE);
    inRange("data.max_operand", maxOperand, Chain.MAX_VALUE);
    inRange("data.max_factor", maxFactor, 9);
  }

  /** Settings with the default operand range. */
  public static SyntheticMathSettings of(
      long seed, int trainProblems, int testProblems, List<Integer> levels) {
    return new SyntheticMathSettings(
        seed,
        trainProblems,
        testProblems,
        levels,
        Chain.MAX_VALUE,
        DEFAULT_MAX_OPERAND,
        DEFAULT_MAX_FACTOR);
  }

  private static void atLeastOne(String key, int value) {
    if (value < 1) {
      throw new UserError("%s = %d must be at least 1.".formatted(key, value));
    }
  }

  private static void inRange(String key, int value, int high) {
    if (value < 1 || value > high) {
      throw new UserError("%s = %d must lie between 1 and %d.".formatted(key, value, high));
    }
  }
}
