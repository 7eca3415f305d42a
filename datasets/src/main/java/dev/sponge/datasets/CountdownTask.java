package dev.sponge.datasets;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * Reach a target from given numbers with {@code + - * /}, each number used once. The target is the
 * value of a drawn expression, so there is a solution; its intermediate values are integers from 1
 * to 999. The numbers alone are the identity: no two problems differ in the target only.
 *
 * @param numbers one more than the level, in the order in which they are shown
 * @param target from 1 to 999
 */
record CountdownTask(List<Integer> numbers, int target) implements Task {
  static final String SOURCE = "countdown";
  private static final int LARGEST = 999;

  CountdownTask {
    numbers = List.copyOf(numbers);
  }

  /**
   * Draws a problem.
   *
   * @param level number of operations, at least 1
   * @param maxNumber largest given number
   */
  static CountdownTask draw(int level, int maxNumber, SplittableRandom random) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i <= level; i++) {
      numbers.add(random.nextInt(1, maxNumber + 1));
    }
    List<Integer> values = new ArrayList<>(numbers);
    while (values.size() > 1) {
      int first = values.remove(random.nextInt(values.size()));
      int second = values.remove(random.nextInt(values.size()));
      values.add(combined(Math.max(first, second), Math.min(first, second), random));
    }
    return new CountdownTask(numbers, values.get(0));
  }

  /** The result of a drawn operation among those that stay within 1..999. */
  private static int combined(int larger, int smaller, SplittableRandom random) {
    List<Integer> results = new ArrayList<>(4);
    if (larger + smaller <= LARGEST) {
      results.add(larger + smaller);
    }
    if (larger > smaller) {
      results.add(larger - smaller);
    }
    if (smaller > 1 && larger * smaller <= LARGEST) {
      results.add(larger * smaller);
    }
    if (smaller > 1 && larger % smaller == 0) {
      results.add(larger / smaller);
    }
    return results.get(random.nextInt(results.size()));
  }

  @Override
  public String canonical() {
    return numbers.stream().sorted().map(String::valueOf).collect(Collectors.joining(","));
  }

  @Override
  public String answer() {
    String given = numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
    return "{\"numbers\":[" + given + "],\"target\":" + target + "}";
  }

  @Override
  public int level() {
    return numbers.size() - 1;
  }

  @Override
  public String prompt(SplittableRandom random) {
    String given = numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
    return ("Write an expression that equals %d, using each of the numbers %s exactly once, and"
            + " beside them only +, -, *, / and parentheses.\n")
        .formatted(target, given);
  }
}
