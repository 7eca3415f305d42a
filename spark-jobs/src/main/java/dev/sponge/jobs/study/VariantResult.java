package dev.sponge.jobs.study;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.config.StudyConfig;
import dev.sponge.jobs.config.StudyConfig.Variant;
import dev.sponge.jobs.study.Statistics.Estimate;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the runs of one variant show together.
 *
 * @param style place among the variants, for colours
 * @param finished curves that reached their last step, one a seed
 * @param failed curves that did not
 * @param comparison with the baseline; empty for a baseline, and while a side has no curve
 * @param byBudget the comparison's ratio if the baseline had stopped earlier
 */
record VariantResult(
    Variant variant,
    int style,
    List<Curve> finished,
    List<Curve> failed,
    Optional<Comparison> comparison,
    List<Comparison.AtBudget> byBudget) {

  static VariantResult of(StudyConfig study, Variant variant, List<Curve> curves) {
    int window = study.study().window();
    int style = place(study, variant);
    List<Curve> own = ofVariant(curves, variant.key());
    List<Curve> finished = complete(own, window);
    List<Curve> base = complete(ofVariant(curves, variant.baseline()), window);
    List<Curve> failed = own.stream().filter(Curve::failed).toList();
    List<Curve> counted = Stream.concat(finished.stream(), failed.stream()).toList();
    if (counted.isEmpty() || base.isEmpty()) {
      return new VariantResult(variant, style, finished, failed, Optional.empty(), List.of());
    }
    return new VariantResult(
        variant,
        style,
        finished,
        failed,
        Optional.of(Comparison.of(base, counted, window)),
        Comparison.byBudget(base, counted, window));
  }

  /** Among the variants of its group, which share their pictures. */
  private static int place(StudyConfig study, Variant variant) {
    return study.variants().stream()
        .filter(v -> v.group().equals(variant.group()))
        .toList()
        .indexOf(variant);
  }

  private static List<Curve> ofVariant(List<Curve> curves, String key) {
    return curves.stream().filter(c -> c.variant().equals(key)).toList();
  }

  private static List<Curve> complete(List<Curve> curves, int window) {
    return curves.stream().filter(c -> !c.failed() && c.points().size() >= window).toList();
  }

  /** A metric of the last policies; empty while no run is finished or none has it. */
  Optional<Estimate> last(String metric) {
    double[] values =
        finished.stream()
            .mapToDouble(c -> c.last().metric(metric))
            .filter(Double::isFinite)
            .toArray();
    return values.length == 0 ? Optional.empty() : Optional.of(Statistics.mean(values));
  }

  /** Fresh rollouts of a run. */
  long rollouts() {
    return (long) finished.stream().mapToLong(c -> c.last().rollouts()).average().orElse(0);
  }

  /** Wall-clock of a run, evaluations not counted. */
  Optional<Estimate> seconds() {
    return finished.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Statistics.mean(finished.stream().mapToDouble(c -> c.last().seconds()).toArray()));
  }

  /**
   * Gradient passes that a fresh rollout gets in phase 1, replays counted, for one that an
   * on-policy run gives it: m / (1 - p), and with p = 1 m times the groups that a step trains on
   * over those that it samples. With {@code history.share = auto} that is the most it may get.
   */
  double passesPerRollout() {
    SpongeConfig config = variant.run(1);
    int passes = config.training().passes();
    if (!config.history().schedule().offPolicy()) {
      return passes / (1 - config.history().largestShare());
    }
    int trained = config.rollout().promptsPerStep();
    return (double) passes * trained / config.history().schedule().windowPart(trained);
  }
}
