package dev.sponge.datasets;

import dev.sponge.rl.UserError;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Generator of problems with verifiable answers: chained arithmetic in several wordings (all
 * operands and intermediate values integers in 0..99), and the other kinds of {@link ProblemStyle}.
 *
 * <p>Whether a task, such as a chain, belongs to train or test is a function of the task alone, so
 * that the splits share no problem in any wording, whatever the seeds and sizes of the two sets;
 * within a split every task occurs once. A smaller set is a prefix of a larger one with the same
 * seed and levels.
 */
public final class SyntheticMath {
  /** Source name of the generated problems. */
  public static final String SOURCE = "synthetic-math";

  /** One task in this many is held out for the test split. */
  private static final int HELD_OUT_ONE_IN = 8;

  private static final int MIN_START = 2;
  private static final int MAX_REJECTIONS = 200_000;

  private SyntheticMath() {}

  /** The training problems, deterministic in the settings. */
  public static List<Problem> train(SyntheticMathSettings settings) {
    return train(settings, ProblemStyle.CHAIN);
  }

  /** The training problems in a style; the split of a chain is the same in both of its styles. */
  public static List<Problem> train(SyntheticMathSettings settings, ProblemStyle style) {
    return split(settings, style, Problem.TRAIN, settings.trainProblems());
  }

  /** The held-out problems, deterministic in the settings. */
  public static List<Problem> test(SyntheticMathSettings settings) {
    return test(settings, ProblemStyle.CHAIN);
  }

  /** The held-out problems in a style. */
  public static List<Problem> test(SyntheticMathSettings settings, ProblemStyle style) {
    return split(settings, style, Problem.TEST, settings.testProblems());
  }

  private static List<Problem> split(
      SyntheticMathSettings settings, ProblemStyle style, String split, int size) {
    SplittableRandom random =
        new SplittableRandom(Digests.seed(style.source(), split, Long.toString(settings.seed())));
    List<Problem> problems = new ArrayList<>(size);
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < size; i++) {
      int level = settings.levels().get(i % settings.levels().size());
      Task task = unseen(settings, style, split, level, seen, random);
      String prompt = task.prompt(random);
      problems.add(Problem.of(style.source(), split, prompt, task.answer(), task.level()));
    }
    return problems;
  }

  private static Task unseen(
      SyntheticMathSettings settings,
      ProblemStyle style,
      String split,
      int level,
      Set<String> seen,
      SplittableRandom random) {
    for (int attempt = 0; attempt < MAX_REJECTIONS; attempt++) {
      Optional<Task> task = style.draw(settings, level, random);
      if (task.isPresent()
          && splitOf(style.family(), task.get().canonical()).equals(split)
          && seen.add(task.get().canonical())) {
        return task.get();
      }
    }
    throw new UserError(
        ("data.%s_problems asks for more distinct problems of level %d than can be found; lower it,"
                + " drop %d from data.levels or raise data.max_start, data.max_operand or"
                + " data.max_factor.")
            .formatted(split, level, level));
  }

  /** A chain with so many operations. */
  static Chain draw(SyntheticMathSettings settings, int level, SplittableRandom random) {
    int start = random.nextInt(MIN_START, settings.maxStart() + 1);
    List<Operation> operations = new ArrayList<>(level);
    int value = start;
    for (int i = 0; i < level; i++) {
      Operation operation = drawOperation(settings, value, random);
      operations.add(operation);
      value = operation.apply(value);
    }
    return new Chain(start, operations);
  }

  /** Draws the operator among those that can keep the value in 0..99, then its operand. */
  private static Operation drawOperation(
      SyntheticMathSettings settings, int value, SplittableRandom random) {
    int maxAdd = Math.min(settings.maxOperand(), Chain.MAX_VALUE - value);
    int maxSubtract = Math.min(settings.maxOperand(), value);
    int maxFactor = value == 0 ? 1 : Math.min(settings.maxFactor(), Chain.MAX_VALUE / value);
    List<Operator> possible = new ArrayList<>(3);
    if (maxAdd >= 1) {
      possible.add(Operator.ADD);
    }
    if (maxSubtract >= 1) {
      possible.add(Operator.SUBTRACT);
    }
    if (maxFactor >= 2) {
      possible.add(Operator.MULTIPLY);
    }
    Operator operator = possible.get(random.nextInt(possible.size()));
    int operand =
        switch (operator) {
          case ADD -> random.nextInt(1, maxAdd + 1);
          case SUBTRACT -> random.nextInt(1, maxSubtract + 1);
          case MULTIPLY -> random.nextInt(2, maxFactor + 1);
        };
    return new Operation(operator, operand);
  }

  static String splitOf(String family, String canonical) {
    long hash = Digests.seed(family, "split", canonical);
    return Math.floorMod(hash, HELD_OUT_ONE_IN) == 0 ? Problem.TEST : Problem.TRAIN;
  }
}
