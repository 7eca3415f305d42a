package dev.sponge.rl.objective;

/**
 * GePPO's learning rate (arXiv 2111.00072): smaller after a step that changed the policy more than
 * the band allows in total variation, larger after one that left the band unused.
 *
 * @param lowThreshold in units of eps_G / 2, below which the rate rises; 0.5 in the paper's code
 * @param highThreshold in units of eps_G / 2, above which the rate falls; 1 there
 * @param factor of one change, above 1; 1.03 there
 */
public record TvLearningRate(double lowThreshold, double highThreshold, double factor) {
  public TvLearningRate {
    Settings.require(
        lowThreshold >= 0 && lowThreshold <= highThreshold,
        "objective.geppo.tv_low",
        lowThreshold,
        "between 0 and objective.geppo.tv_high, " + highThreshold);
    Settings.require(factor > 1, "objective.geppo.tv_factor", factor, "above 1");
  }

  /**
   * The rate after a step.
   *
   * @param rate of the step, or what it is multiplied with
   * @param totalVariation as {@link #totalVariation} measured it after the step
   * @param epsilon eps_G
   */
  public double after(double rate, double totalVariation, double epsilon) {
    if (totalVariation > highThreshold * epsilon / 2) {
      return rate / factor;
    }
    return totalVariation < lowThreshold * epsilon / 2 ? rate * factor : rate;
  }

  /**
   * Estimates TV(pi_theta, pi_k) from sampled tokens: mean of w |r - c| / 2.
   *
   * @param weights w of every token
   * @param ratios r = pi_theta/mu
   * @param centres c = pi_k/mu
   */
  public static double totalVariation(double[] weights, double[] ratios, double[] centres) {
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i] * Math.abs(ratios[i] - centres[i]);
    }
    return sum / (2 * weights.length);
  }
}
