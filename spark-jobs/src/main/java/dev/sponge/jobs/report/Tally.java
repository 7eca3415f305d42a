package dev.sponge.jobs.report;

import java.util.List;

/**
 * The judged responses of one problem.
 *
 * @param problem its id
 * @param right responses with the right answer
 * @param wrong responses of each wrong answer, equal answers together
 * @param silent wrong responses without an answer
 */
public record Tally(String problem, int right, List<Integer> wrong, int silent) {
  public Tally {
    wrong = List.copyOf(wrong);
  }

  /** Judged responses; those whose verdict failed are not among them. */
  public int responses() {
    return right + silent + wrong.stream().mapToInt(Integer::intValue).sum();
  }

  /** Unbiased pass@k. */
  public double pass(int k) {
    return PassAtK.estimate(responses(), right, k);
  }

  /** Expected maj@k. */
  public double majority(int k) {
    return MajorityVote.estimate(right, wrong, silent, k);
  }
}
