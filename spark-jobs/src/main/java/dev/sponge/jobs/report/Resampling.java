package dev.sponge.jobs.report;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What can be said of scores from few problems: bootstrap and permutation over problems. Several
 * benchmarks are strata, each resampled on its own, and the statistic is the mean of their means.
 * Seeded: equal values, equal results.
 */
public final class Resampling {
  private static final int RESAMPLES = 10_000;
  private static final double LOW = 0.025;
  private static final double HIGH = 0.975;
  private static final long SEED = 20_250_709;

  /** Up to so many differences every sign is tried. */
  private static final int EXACT = 16;

  /** Sums of equal differences in another order are equal. */
  private static final double ROUNDING = 1e-12;

  private Resampling() {}

  /** Mean over benchmarks of the means over problems. */
  public static double mean(List<double[]> benchmarks) {
    double sum = 0;
    for (double[] values : benchmarks) {
      sum += Arrays.stream(values).sum() / values.length;
    }
    return sum / benchmarks.size();
  }

  /**
   * The mean with its percentile bootstrap interval at 95 % over problems (Efron 1979).
   *
   * @param benchmarks a value a problem, for each benchmark; none is empty
   */
  public static Estimate bootstrap(List<double[]> benchmarks) {
    requireValues(benchmarks);
    SplittableRandom random = new SplittableRandom(SEED);
    double[] means = new double[RESAMPLES];
    for (int r = 0; r < RESAMPLES; r++) {
      double sum = 0;
      for (double[] values : benchmarks) {
        double drawn = 0;
        for (int i = 0; i < values.length; i++) {
          drawn += values[random.nextInt(values.length)];
        }
        sum += drawn / values.length;
      }
      means[r] = sum / benchmarks.size();
    }
    Arrays.sort(means);
    return new Estimate(
        mean(benchmarks), new Interval(quantile(means, LOW), quantile(means, HIGH)));
  }

  private static double quantile(double[] sorted, double share) {
    return sorted[(int) Math.round(share * (sorted.length - 1))];
  }

  /**
   * Two-sided p-value of the paired permutation test: how often the mean is as far from 0 when each
   * problem's difference has a random sign. Every sign is tried for up to {@value #EXACT} problems
   * that differ; else {@value #RESAMPLES} draws, of which the observed one counts as one.
   *
   * @param benchmarks differences between two policies, one a problem, for each benchmark
   */
  public static double permutationTest(List<double[]> benchmarks) {
    requireValues(benchmarks);
    double[] weighed =
        benchmarks.stream()
            .flatMapToDouble(
                values ->
                    Arrays.stream(values)
                        .filter(difference -> difference != 0)
                        .map(difference -> difference / values.length / benchmarks.size()))
            .toArray();
    double observed = Math.abs(Arrays.stream(weighed).sum()) - ROUNDING;
    return weighed.length <= EXACT ? everySign(weighed, observed) : drawnSigns(weighed, observed);
  }

  private static double everySign(double[] weighed, double observed) {
    int all = 1 << weighed.length;
    int asFar = 0;
    for (int signs = 0; signs < all; signs++) {
      double sum = 0;
      for (int i = 0; i < weighed.length; i++) {
        sum += (signs >> i & 1) == 0 ? weighed[i] : -weighed[i];
      }
      asFar += Math.abs(sum) >= observed ? 1 : 0;
    }
    return (double) asFar / all;
  }

  private static double drawnSigns(double[] weighed, double observed) {
    SplittableRandom random = new SplittableRandom(SEED);
    int asFar = 1;
    for (int r = 0; r < RESAMPLES; r++) {
      double sum = 0;
      for (double value : weighed) {
        sum += random.nextBoolean() ? value : -value;
      }
      asFar += Math.abs(sum) >= observed ? 1 : 0;
    }
    return (double) asFar / (RESAMPLES + 1);
  }

  private static void requireValues(List<double[]> benchmarks) {
    if (benchmarks.isEmpty() || benchmarks.stream().anyMatch(values -> values.length == 0)) {
      throw new IllegalArgumentException("a benchmark without a judged problem");
    }
  }
}
