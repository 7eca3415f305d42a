package dev.sponge.jobs.study;

import dev.sponge.jobs.study.Statistics.Estimate;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/**
 * How many fresh rollouts a variant needs for what its baseline reaches in the end.
 *
 * @param level mean over the baseline's seeds of their last running mean of sampled pass@1
 * @param reached seeds of the variant that reached the level
 * @param ratio see {@link #of}
 * @param early the same ratio for the level at half of the baseline's gain
 */
record Comparison(double level, int reached, Estimate ratio, Estimate early) {
  private static final double ALL = 1;
  private static final double HALF = 0.5;

  /** A curve of running means. */
  private record Smooth(double first, double[] rollouts, double[] means) {
    static Smooth of(Curve curve, int window) {
      if (curve.failed()) {
        return new Smooth(Double.NaN, new double[0], new double[0]);
      }
      List<Curve.Point> points = curve.points();
      return new Smooth(
          points.get(0).sampled(),
          points.stream().mapToDouble(Curve.Point::rollouts).toArray(),
          Statistics.runningMean(
              points.stream().mapToDouble(Curve.Point::sampled).toArray(), window));
    }

    /** The level after a share of the gain. */
    double level(double gainShare) {
      return first + gainShare * (means[means.length - 1] - first);
    }

    /** 1 / rollouts to the level; 0 if it is never reached. */
    double rate(double level) {
      OptionalDouble at = Statistics.crossing(rollouts, means, level);
      return at.isPresent() ? 1 / at.getAsDouble() : 0;
    }
  }

  /**
   * The rollouts that the baseline needs over those that the variant needs, both to the same level,
   * the baseline's end; above 1 the variant needs fewer. It is the ratio of the means over seeds of
   * 1 / rollouts, so that a seed that never arrives counts as 0 and not as nothing. A baseline seed
   * that stays below the level, which is its own mean, counts with all its rollouts: that favours
   * the baseline. The interval resamples seeds of both, and with the baseline's the level.
   *
   * @param baseline one curve a seed, none failed, at least {@code window} points each
   * @param variant one curve a seed; one that failed counts as a seed that never arrives
   */
  static Comparison of(List<Curve> baseline, List<Curve> variant, int window) {
    List<Smooth> base = baseline.stream().map(c -> Smooth.of(c, window)).toList();
    List<Smooth> own = variant.stream().map(c -> Smooth.of(c, window)).toList();
    double level = base.stream().mapToDouble(s -> s.level(ALL)).average().orElseThrow();
    int reached = (int) own.stream().filter(s -> s.rate(level) > 0).count();
    return new Comparison(level, reached, estimate(base, own, ALL), estimate(base, own, HALF));
  }

  private static Estimate estimate(List<Smooth> base, List<Smooth> own, double gainShare) {
    return Statistics.bootstrap(
        new int[] {base.size(), own.size()},
        drawn ->
            ratio(
                Arrays.stream(drawn[0]).mapToObj(base::get).toList(),
                Arrays.stream(drawn[1]).mapToObj(own::get).toList(),
                gainShare));
  }

  private static double ratio(List<Smooth> base, List<Smooth> own, double gainShare) {
    double level = base.stream().mapToDouble(s -> s.level(gainShare)).average().orElseThrow();
    double baseRate =
        base.stream()
            .mapToDouble(s -> Math.max(s.rate(level), 1 / s.rollouts()[s.rollouts().length - 1]))
            .average()
            .orElseThrow();
    return own.stream().mapToDouble(s -> s.rate(level)).average().orElseThrow() / baseRate;
  }
}
