package dev.sponge.jobs.config;

import dev.sponge.rl.batch.RatioStatistics;

/**
 * Section {@code history.eligible}: what the tokens of a group must fulfil under pi_k to be
 * replayed. 0 switches a threshold off.
 *
 * @param maxRatio largest importance ratio of a token
 * @param minEss smallest effective sample size, from 0 to 1
 * @param maxKl largest KL of pi_k to the behaviour policy, nats per token
 * @param maxChiSquare largest chi-square divergence of pi_k from it, per token
 */
public record EligibilityConfig(double maxRatio, double minEss, double maxKl, double maxChiSquare) {
  private static final String SECTION = "history.eligible.";
  private static final double MOST = 1e9;

  public EligibilityConfig {
    Check.range(SECTION + "max_ratio", maxRatio, 0, MOST);
    if (maxRatio > 0 && maxRatio < 1) {
      throw Check.outOfRange(
          SECTION + "max_ratio",
          maxRatio,
          "0 for off, or 1 or more: the mean of the ratios is about 1");
    }
    Check.share(SECTION + "min_ess", minEss);
    Check.range(SECTION + "max_kl", maxKl, 0, MOST);
    Check.range(SECTION + "max_chi_square", maxChiSquare, 0, MOST);
  }

  /** Whether any threshold is set. */
  public boolean used() {
    return maxRatio > 0 || minEss > 0 || maxKl > 0 || maxChiSquare > 0;
  }

  /** Whether a group with these ratios may be replayed. */
  public boolean allows(RatioStatistics ratios) {
    return (maxRatio == 0 || ratios.max() <= maxRatio)
        && ratios.ess() >= minEss
        && (maxKl == 0 || ratios.kl() <= maxKl)
        && (maxChiSquare == 0 || ratios.chiSquare() <= maxChiSquare);
  }

  static EligibilityConfig off() {
    return new EligibilityConfig(0, 0, 0, 0);
  }
}
