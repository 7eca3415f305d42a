package dev.sponge.jobs.config;

import java.util.List;

/** Section {@code data}: the synthetic math problems and the demonstrations of the bootstrap. */
public record DataConfig(
    int trainProblems,
    int testProblems,
    List<Integer> levels,
    int maxOperand,
    int maxFactor,
    long seed,
    double selfCheckShare,
    NoiseConfig noise) {

  public DataConfig {
    Check.range("data.train_problems", trainProblems, 1, 10_000_000);
    Check.range("data.test_problems", testProblems, 1, 1_000_000);
    if (levels.isEmpty()) {
      throw Check.outOfRange("data.levels", levels, "a list of at least one level");
    }
    for (int level : levels) {
      Check.range("data.levels", level, 1, 4);
    }
    if (levels.stream().distinct().count() < levels.size()) {
      throw Check.outOfRange("data.levels", levels, "a list without repetition");
    }
    levels = List.copyOf(levels);
    Check.range("data.max_operand", maxOperand, 1, 99);
    Check.range("data.max_factor", maxFactor, 1, 9);
    Check.share("data.self_check_share", selfCheckShare);
  }
}
