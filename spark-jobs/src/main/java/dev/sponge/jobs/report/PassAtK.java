package dev.sponge.jobs.report;

import java.util.Collection;
import java.util.OptionalDouble;

/** Unbiased estimator of pass@k (Chen et al., arXiv 2107.03374, equation 1). */
public final class PassAtK {
  private PassAtK() {}

  /**
   * Probability that at least one of k responses drawn without replacement from n is right: {@code
   * 1 - C(n - c, k) / C(n, k)}.
   *
   * @param n responses of the problem
   * @param c right responses among them
   * @throws IllegalArgumentException unless {@code 0 <= c <= n} and {@code 1 <= k <= n}
   */
  public static double estimate(int n, int c, int k) {
    if (c < 0 || c > n || k < 1 || k > n) {
      throw new IllegalArgumentException("pass@" + k + " from " + c + " right of " + n);
    }
    double noneRight = 1;
    for (int i = 0; i < k; i++) {
      noneRight *= Math.max(0, n - c - i) / (double) (n - i);
    }
    return 1 - noneRight;
  }

  /**
   * The judged responses of one problem.
   *
   * @param responses n
   * @param right c of them
   */
  public record Count(int responses, int right) {}

  /** Mean over the problems with at least k responses; empty without one. */
  public static OptionalDouble mean(Collection<Count> problems, int k) {
    double sum = 0;
    int enough = 0;
    for (Count count : problems) {
      if (count.responses() >= k) {
        sum += estimate(count.responses(), count.right(), k);
        enough++;
      }
    }
    return enough == 0 ? OptionalDouble.empty() : OptionalDouble.of(sum / enough);
  }
}
