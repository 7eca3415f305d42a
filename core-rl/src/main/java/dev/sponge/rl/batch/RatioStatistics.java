package dev.sponge.rl.batch;

/**
 * How far samples of a behaviour policy mu are from another policy pi, told from the importance
 * ratios r = pi / mu of the samples alone. Divergences are estimated with the control variate r - 1
 * (E_mu[r] = 1), so that each term is at least 0 and the mean is unbiased. The samples are tokens
 * given what stands before them, or whole sequences.
 *
 * @param count of samples, at least 1
 * @param mean of r; 1 in expectation
 * @param max of r
 * @param ess effective sample size (sum r)^2 / (count sum r^2), from 1 / count to 1; with many
 *     samples 1 / (1 + chi-square)
 * @param chiSquare mean of (r - 1)^2: chi-square divergence of pi from mu
 * @param kl mean of r log r - (r - 1): KL(pi || mu)
 * @param reverseKl mean of (r - 1) - log r: KL(mu || pi)
 */
public record RatioStatistics(
    long count,
    double mean,
    double max,
    double ess,
    double chiSquare,
    double kl,
    double reverseKl) {

  /**
   * @param logRatios log pi - log mu of each sample, one or more
   */
  public static RatioStatistics of(double[] logRatios) {
    int n = logRatios.length;
    if (n == 0) {
      throw new IllegalArgumentException("statistics of importance ratios need a sample");
    }
    double largest = Double.NEGATIVE_INFINITY;
    for (double logRatio : logRatios) {
      largest = Math.max(largest, logRatio);
    }
    double sum = 0;
    double chiSquare = 0;
    double kl = 0;
    double reverseKl = 0;
    // Relative to the largest ratio: that of a long sequence leaves the range of a double.
    double scaled = 0;
    double scaledSquares = 0;
    for (double logRatio : logRatios) {
      double excess = Math.expm1(logRatio);
      double ratio = Math.exp(logRatio);
      sum += ratio;
      chiSquare += excess * excess;
      kl += ratio * logRatio - excess;
      reverseKl += excess - logRatio;
      double relative = Math.exp(logRatio - largest);
      scaled += relative;
      scaledSquares += relative * relative;
    }
    return new RatioStatistics(
        n,
        sum / n,
        Math.exp(largest),
        scaled * scaled / (n * scaledSquares),
        chiSquare / n,
        kl / n,
        reverseKl / n);
  }
}
