package dev.sponge.jobs.study;

import java.util.List;
import java.util.Map;

/**
 * What one finished run of a study has shown. One line of {@code curves.jsonl}.
 *
 * @param study name of the study that ran it
 * @param variant key of the variant
 * @param configSha256 of the run's configuration; a curve of another configuration does not count
 * @param failure why the run ended before its last step; empty when it did not
 * @param points the evaluated policies in order
 */
record Curve(
    String study,
    String variant,
    int seed,
    String configSha256,
    String failure,
    List<Point> points) {

  Curve {
    points = List.copyOf(points);
  }

  /**
   * One evaluated policy.
   *
   * @param step outer steps before it
   * @param rollouts fresh rollouts before it
   * @param replayed replayed rollouts before it
   * @param seconds wall-clock of the steps before it, evaluations not counted
   * @param metrics of the step before it, and {@code eval/...} of its evaluation
   */
  record Point(
      int step, long rollouts, long replayed, double seconds, Map<String, Double> metrics) {
    static final String SAMPLED = "eval/pass1_sampled";
    static final String GREEDY = "eval/pass1_greedy";
    static final String PASS8 = "eval/pass8_sampled";
    static final String ENTROPY = "eval/entropy";
    static final String LENGTH = "eval/response_length";
    static final String REFLECTION = "eval/reflection_rate";

    /** A metric, or NaN where the run has none. */
    double metric(String name) {
      return metrics.getOrDefault(name, Double.NaN);
    }

    double sampled() {
      return metric(SAMPLED);
    }
  }

  boolean failed() {
    return !failure.isEmpty();
  }

  /** The same as if it had ended after so many evaluations. */
  Curve first(int evaluations) {
    return new Curve(study, variant, seed, configSha256, failure, points.subList(0, evaluations));
  }

  Point last() {
    return points.get(points.size() - 1);
  }
}
