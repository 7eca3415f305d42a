package dev.sponge.rl.objective;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * How much each past policy counts in GePPO (arXiv 2111.00072): nu_i is the share of the policy i
 * outer steps back.
 *
 * @param nu shares by age, the current policy first; they sum to 1
 */
public record GePpoWeights(List<Double> nu) {
  private static final double SMALLEST_SHARE = 0.01;

  /** What the reuse of history is spent on. */
  public enum Target {
    /** The band: as many effective samples as PPO has, changes as large as possible. */
    TOTAL_VARIATION,
    /** The effective sample size: changes as PPO makes, as many samples as possible. */
    SAMPLE_SIZE,
    /** Half-way between. */
    MIX
  }

  public GePpoWeights {
    nu = List.copyOf(nu);
    double sum = nu.stream().mapToDouble(Double::doubleValue).sum();
    if (nu.stream().anyMatch(share -> !(share >= 0)) || !(Math.abs(sum - 1) < 1e-6)) {
      throw new IllegalArgumentException("shares " + nu + " must be 0 or more and sum to 1");
    }
  }

  /**
   * Equal shares of M policies: B, 2B - 1, or their rounded-up mean.
   *
   * @param batches B, how many batches of one step PPO's batch would hold; at least 1
   */
  public static GePpoWeights uniform(int batches, Target target) {
    checkBatches(batches);
    int policies =
        switch (target) {
          case TOTAL_VARIATION -> batches;
          case SAMPLE_SIZE -> 2 * batches - 1;
          case MIX -> (3 * batches) / 2; // ceil((3 B - 1) / 2)
        };
    return new GePpoWeights(Collections.nCopies(policies, 1.0 / policies));
  }

  /**
   * The best shares among at most {@code policies} policies; shares below 0.01 are dropped. Total
   * variation: smallest sum (i + 1) nu_i with sum nu_i^2 &lt;= 1/B. Sample size: smallest sum
   * nu_i^2 with sum (i + 1) nu_i = B.
   *
   * @param batches B, at least 1
   * @param policies at least B
   */
  public static GePpoWeights optimal(int batches, int policies, Target target) {
    checkBatches(batches);
    Settings.require(
        policies >= batches,
        "objective.geppo.max_policies",
        policies,
        "at least objective.geppo.batches, " + batches);
    return switch (target) {
      case TOTAL_VARIATION -> pruned(totalVariation(batches, policies));
      case SAMPLE_SIZE -> pruned(sampleSize(batches, policies));
      case MIX -> {
        double[] mean = totalVariation(batches, policies);
        double[] other = sampleSize(batches, policies);
        for (int i = 0; i < mean.length; i++) {
          mean[i] = (mean[i] + other[i]) / 2;
        }
        yield pruned(mean);
      }
    };
  }

  /** eps_G = eps / sum (i + 1) nu_i; with M equal shares 2 eps / (M + 1). */
  public double epsilon(double ppoEpsilon) {
    double change = 0;
    for (int i = 0; i < nu.size(); i++) {
      change += (i + 1) * nu.get(i);
    }
    return ppoEpsilon / change;
  }

  /**
   * The loss weight of a token by the age of its policy, for batches that hold as many tokens of
   * each age: shares of the history that exists, scaled to mean 1.
   *
   * @param available policies with data, the current one included; at least 1
   * @return one weight per age, at most {@code available}; weight 0 for a dropped age
   */
  public List<Double> ofHistory(int available) {
    if (available < 1) {
      throw new IllegalArgumentException("available=" + available + " must be at least 1");
    }
    List<Double> kept = nu.subList(0, Math.min(available, nu.size()));
    double sum = kept.stream().mapToDouble(Double::doubleValue).sum();
    long used = kept.stream().filter(share -> share > 0).count();
    // Early on a schedule that gives young policies nothing has only the current one to use.
    return sum > 0 ? kept.stream().map(share -> share * used / sum).toList() : List.of(1.0);
  }

  private static void checkBatches(int batches) {
    Settings.require(batches >= 1, "objective.geppo.batches", batches, "at least 1");
  }

  /**
   * On the first K ages the shares are linear in the age i with mean age m; the optimum has the
   * largest K whose last share is not negative.
   */
  private static double[] linear(int ages, int size, double meanAge) {
    double[] shares = new double[size];
    double centre = (ages - 1) / 2.0;
    double spread = spread(ages);
    for (int i = 0; i < ages; i++) {
      double slope = ages == 1 ? 0 : (meanAge - centre) / spread;
      shares[i] = Math.max(0, 1.0 / ages + slope * (i - centre)); // -1e-17 is 0
    }
    return shares;
  }

  /** Sum over i of (i - mean)^2 for the ages 0 to K - 1. */
  private static double spread(int ages) {
    return ages * ((double) ages * ages - 1) / 12;
  }

  private static boolean lastShareIsPositive(int ages, double meanAge) {
    return ages <= 2 + 3 * meanAge + 1e-9;
  }

  private static double[] totalVariation(int batches, int policies) {
    for (int ages = policies; ages > batches; ages--) {
      double meanAge = (ages - 1) / 2.0 - Math.sqrt((1.0 / batches - 1.0 / ages) * spread(ages));
      if (lastShareIsPositive(ages, meanAge)) {
        return linear(ages, policies, meanAge);
      }
    }
    return linear(batches, policies, (batches - 1) / 2.0);
  }

  private static double[] sampleSize(int batches, int policies) {
    double meanAge = batches - 1;
    if (meanAge > (policies - 1) / 2.0) {
      // More than half the window back: the mirror image of the same problem.
      double[] mirrored = youngest(policies - 1 - meanAge, policies);
      double[] shares = new double[policies];
      for (int i = 0; i < policies; i++) {
        shares[i] = mirrored[policies - 1 - i];
      }
      return shares;
    }
    return youngest(meanAge, policies);
  }

  private static double[] youngest(double meanAge, int policies) {
    int ages = policies;
    while (!lastShareIsPositive(ages, meanAge)) {
      ages--;
    }
    return linear(ages, policies, meanAge);
  }

  private static GePpoWeights pruned(double[] shares) {
    double sum = 0;
    int last = 0;
    for (int i = 0; i < shares.length; i++) {
      if (shares[i] >= SMALLEST_SHARE) {
        sum += shares[i];
        last = i;
      }
    }
    List<Double> kept = new ArrayList<>();
    for (int i = 0; i <= last; i++) {
      kept.add(shares[i] >= SMALLEST_SHARE ? shares[i] / sum : 0.0);
    }
    return new GePpoWeights(kept);
  }
}
