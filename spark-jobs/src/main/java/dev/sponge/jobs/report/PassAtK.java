package dev.sponge.jobs.report;

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
   * Mean over problems.
   *
   * @param right right responses of each problem, of n each; not empty
   */
  public static double mean(int[] right, int n, int k) {
    if (right.length == 0) {
      throw new IllegalArgumentException("pass@" + k + " of no problem");
    }
    double sum = 0;
    for (int c : right) {
      sum += estimate(n, c, k);
    }
    return sum / right.length;
  }
}
