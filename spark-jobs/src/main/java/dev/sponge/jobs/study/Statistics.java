package dev.sponge.jobs.study;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/** What a study says of its runs; pure functions. */
final class Statistics {
  private static final int RESAMPLES = 10_000;
  private static final double LOW = 0.025;
  private static final double HIGH = 0.975;
  private static final long SEED = 20_250_709;

  private Statistics() {}

  /**
   * A number with its percentile bootstrap interval at 95 % over seeds (Efron 1979). With one seed
   * both ends are the value itself.
   */
  record Estimate(double value, double low, double high) {}

  /**
   * Mean of the last {@code window} values at every index.
   *
   * @return as many as values; the first {@code window - 1} are NaN
   */
  static double[] runningMean(double[] values, int window) {
    double[] means = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      means[i] =
          i < window - 1
              ? Double.NaN
              : Arrays.stream(values, i - window + 1, i + 1).average().orElseThrow();
    }
    return means;
  }

  /**
   * Where a curve first reaches a level, linear between two points; NaN values are left out.
   *
   * @param x ascending
   * @return empty if it never does
   */
  static OptionalDouble crossing(double[] x, double[] y, double level) {
    int last = -1;
    for (int i = 0; i < x.length; i++) {
      if (Double.isNaN(y[i])) {
        continue;
      }
      if (y[i] >= level) {
        double share = last < 0 ? 1 : (level - y[last]) / (y[i] - y[last]);
        return OptionalDouble.of(last < 0 ? x[i] : x[last] + share * (x[i] - x[last]));
      }
      last = i;
    }
    return OptionalDouble.empty();
  }

  /** The mean and its interval. */
  static Estimate mean(double[] ofSeeds) {
    return bootstrap(
        new int[] {ofSeeds.length},
        drawn -> Arrays.stream(drawn[0]).mapToDouble(i -> ofSeeds[i]).average().orElseThrow());
  }

  /**
   * A function of groups of seeds and its interval; every group is resampled on its own.
   *
   * @param sizes seeds of every group
   * @param statistic of the drawn indices of every group
   */
  static Estimate bootstrap(int[] sizes, ToDoubleFunction<int[][]> statistic) {
    int[][] drawn = new int[sizes.length][];
    for (int g = 0; g < sizes.length; g++) {
      drawn[g] = new int[sizes[g]];
      Arrays.setAll(drawn[g], i -> i);
    }
    double value = statistic.applyAsDouble(drawn);
    Random random = new Random(SEED);
    double[] values = new double[RESAMPLES];
    for (int r = 0; r < RESAMPLES; r++) {
      for (int g = 0; g < sizes.length; g++) {
        int size = sizes[g];
        Arrays.setAll(drawn[g], i -> random.nextInt(size));
      }
      values[r] = statistic.applyAsDouble(drawn);
    }
    Arrays.sort(values);
    return new Estimate(value, quantile(values, LOW), quantile(values, HIGH));
  }

  private static double quantile(double[] sorted, double share) {
    return sorted[(int) Math.round(share * (sorted.length - 1))];
  }
}
