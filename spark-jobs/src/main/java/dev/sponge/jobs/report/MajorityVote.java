package dev.sponge.jobs.report;

import java.util.List;

/**
 * Expected share of right majority votes, maj@k (self-consistency, Wang et al., arXiv 2203.11171):
 * k of n responses are drawn without replacement, and the answer that most of them give is the
 * vote. A response without an answer does not vote. A tie is broken by a fair draw among the
 * answers that lead. Exact, by counting the draws.
 */
public final class MajorityVote {
  private MajorityVote() {}

  /**
   * Probability that the right answer wins the vote.
   *
   * @param right responses with the right answer
   * @param wrong responses of each wrong answer, equal answers together
   * @param silent responses without an answer
   * @param k responses that vote
   * @throws IllegalArgumentException unless {@code 1 <= k <= n} and no count is negative
   */
  public static double estimate(int right, List<Integer> wrong, int silent, int k) {
    int n = right + silent + wrong.stream().mapToInt(Integer::intValue).sum();
    if (right < 0 || silent < 0 || wrong.stream().anyMatch(g -> g < 0) || k < 1 || k > n) {
      throw new IllegalArgumentException(
          "maj@%d of %d right, %s wrong and %d silent".formatted(k, right, wrong, silent));
    }
    double[][] choose = binomials(n);
    double won = 0;
    for (int votes = 1; votes <= Math.min(right, k); votes++) {
      won += choose[right][votes] * losing(wrong, silent, k - votes, votes, choose);
    }
    return Math.min(1, won / choose[n][k]);
  }

  /**
   * Number of ways to draw {@code rest} responses that are not right so that no wrong answer has
   * more than {@code votes}, each weighed by 1 / (1 + wrong answers with as many).
   */
  private static double losing(
      List<Integer> wrong, int silent, int rest, int votes, double[][] choose) {
    int mostTies = rest / votes;
    double[][] ways = new double[mostTies + 1][rest + 1];
    for (int drawn = 0; drawn <= Math.min(silent, rest); drawn++) {
      ways[0][drawn] = choose[silent][drawn];
    }
    for (int group : wrong) {
      double[][] next = new double[mostTies + 1][rest + 1];
      for (int ties = 0; ties <= mostTies; ties++) {
        for (int drawn = 0; drawn <= rest; drawn++) {
          if (ways[ties][drawn] == 0) {
            continue;
          }
          int most = Math.min(Math.min(group, votes), rest - drawn);
          for (int of = 0; of <= most; of++) {
            int tied = of == votes ? ties + 1 : ties;
            next[tied][drawn + of] += ways[ties][drawn] * choose[group][of];
          }
        }
      }
      ways = next;
    }
    double sum = 0;
    for (int ties = 0; ties <= mostTies; ties++) {
      sum += ways[ties][rest] / (1 + ties);
    }
    return sum;
  }

  /** Pascal's triangle up to row n; n up to 1,020 is finite. */
  private static double[][] binomials(int n) {
    double[][] rows = new double[n + 1][];
    for (int i = 0; i <= n; i++) {
      rows[i] = new double[i + 1];
      rows[i][0] = 1;
      rows[i][i] = 1;
      for (int j = 1; j < i; j++) {
        rows[i][j] = rows[i - 1][j - 1] + rows[i - 1][j];
      }
    }
    return rows;
  }
}
