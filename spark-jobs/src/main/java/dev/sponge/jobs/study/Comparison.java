package dev.sponge.jobs.study;

import dev.sponge.jobs.study.Statistics.Estimate;
import java.util.List;
import java.util.OptionalDouble;

/**
 * How many fresh rollouts a variant needs for what its baseline reaches in the end.
 *
 * @param level mean over the baseline's seeds of their last running mean of sampled pass@1
 * @param reached seeds of the variant that reached the level
 * @param ratio see {@link #of}
 */
record Comparison(double level, int reached, Estimate ratio) {

  /** A curve of running means. */
  private record Smooth(double[] rollouts, double[] means) {
    static Smooth of(Curve curve, int window) {
      if (curve.failed()) {
        return new Smooth(new double[0], new double[0]);
      }
      List<Curve.Point> points = curve.points();
      return new Smooth(
          points.stream().mapToDouble(Curve.Point::rollouts).toArray(),
          Statistics.runningMean(
              points.stream().mapToDouble(Curve.Point::sampled).toArray(), window));
    }

    double last() {
      return means[means.length - 1];
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
    double level = base.stream().mapToDouble(Smooth::last).average().orElseThrow();
    int reached = (int) own.stream().filter(s -> s.rate(level) > 0).count();
    Estimate ratio =
        Statistics.bootstrap(
            new int[] {base.size(), own.size()}, drawn -> ratio(base, own, drawn[0], drawn[1]));
    return new Comparison(level, reached, ratio);
  }

  private static double ratio(List<Smooth> base, List<Smooth> own, int[] ofBase, int[] ofOwn) {
    double level = 0;
    for (int i : ofBase) {
      level += base.get(i).last() / ofBase.length;
    }
    double baseRate = 0;
    for (int i : ofBase) {
      Smooth curve = base.get(i);
      double all = curve.rollouts()[curve.rollouts().length - 1];
      baseRate += Math.max(curve.rate(level), 1 / all) / ofBase.length;
    }
    double ownRate = 0;
    for (int i : ofOwn) {
      ownRate += own.get(i).rate(level) / ofOwn.length;
    }
    return ownRate / baseRate;
  }
}
