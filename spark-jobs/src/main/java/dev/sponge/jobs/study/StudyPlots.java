package dev.sponge.jobs.study;

import dev.sponge.jobs.study.Statistics.Estimate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * The figures of a group of variants: what changes over training, and the importance ratio by
 * position in the response (arXiv 2507.06892 shows both).
 */
final class StudyPlots {
  private static final int TENTHS = 10;
  private static final String ROLLOUTS = "fresh rollouts";

  private StudyPlots() {}

  /**
   * A figure that has at least one line.
   *
   * @param file its name without ending
   */
  record Plot(String file, String title, String svg) {}

  /** A metric over training. */
  private record View(
      String file, String title, String xTitle, ToDoubleFunction<Curve.Point> x, String metric) {
    Optional<LineChart.Line> line(VariantResult result) {
      return overTraining(this, result);
    }
  }

  /**
   * A mean over the steps that replayed something (over all steps where none did), by tenth of the
   * response.
   *
   * @param metric with a place for the tenth, 0 to 9
   */
  private record Profile(String file, String title, String metric) {
    Optional<LineChart.Line> line(VariantResult result) {
      return byPosition(this, result);
    }
  }

  private static final List<View> VIEWS =
      List.of(
          view("pass1", "sampled pass@1 by fresh rollouts", Curve.Point.SAMPLED),
          new View(
              "pass1-seconds",
              "sampled pass@1 by wall-clock",
              "seconds, evaluations not counted",
              Curve.Point::seconds,
              Curve.Point.SAMPLED),
          view("entropy", "entropy, nats per token", Curve.Point.ENTROPY),
          view("length", "response length, tokens", Curve.Point.LENGTH),
          view("reflection", "self-reflection rate", Curve.Point.REFLECTION),
          view("ratio-lag1", "importance ratio at lag 1, 99th percentile", "actor/ratio/lag_1/p99"),
          view("ratio-lag2", "importance ratio at lag 2, 99th percentile", "actor/ratio/lag_2/p99"),
          view("kl-base", "KL to the base policy, nats per token", "actor/kl_base"),
          view("whipping", "mean of ratio times advantage", "actor/ratio_advantage/mean"));

  private static final List<Profile> PROFILES =
      List.of(
          new Profile(
              "ratio-position",
              "mean importance ratio by position in the response",
              "actor/ratio/decile_%d/mean"),
          new Profile(
              "whipping-position",
              "mean of ratio times advantage by position in the response",
              "actor/ratio_advantage/decile_%d/mean"));

  private static View view(String file, String title, String metric) {
    return new View(file, title, ROLLOUTS, Curve.Point::rollouts, metric);
  }

  /** All figures that the curves have something for. */
  static List<Plot> of(List<VariantResult> results) {
    List<Plot> plots = new ArrayList<>();
    for (View view : VIEWS) {
      plot(view.file(), view.title(), view.xTitle(), results, view::line).ifPresent(plots::add);
    }
    plot(
            "ratio-budget",
            "rollout ratio to what the baseline reaches",
            "fresh rollouts of the baseline",
            results,
            StudyPlots::byBudget)
        .ifPresent(plots::add);
    for (Profile profile : PROFILES) {
      plot(profile.file(), profile.title(), "tenth of the response", results, profile::line)
          .ifPresent(plots::add);
    }
    return plots;
  }

  private static Optional<Plot> plot(
      String file,
      String title,
      String xTitle,
      List<VariantResult> results,
      Function<VariantResult, Optional<LineChart.Line>> line) {
    LineChart chart = new LineChart(title, xTitle, title);
    List<LineChart.Line> lines = results.stream().map(line).flatMap(Optional::stream).toList();
    lines.forEach(chart::add);
    return lines.isEmpty() ? Optional.empty() : Optional.of(new Plot(file, title, chart.svg()));
  }

  /** Means over the finished runs, whose points stand at the same steps. */
  private static Optional<LineChart.Line> overTraining(View view, VariantResult result) {
    int points = result.finished().stream().mapToInt(c -> c.points().size()).min().orElse(0);
    List<double[]> columns = new ArrayList<>();
    for (int i = 0; i < points; i++) {
      List<Curve.Point> atStep = new ArrayList<>();
      for (Curve curve : result.finished()) {
        atStep.add(curve.points().get(i));
      }
      double x = atStep.stream().mapToDouble(view.x()).average().orElseThrow();
      column(x, atStep.stream().mapToDouble(p -> p.metric(view.metric())).toArray())
          .ifPresent(columns::add);
    }
    return line(result, columns);
  }

  private static Optional<LineChart.Line> byPosition(Profile profile, VariantResult result) {
    List<double[]> columns = new ArrayList<>();
    for (int tenth = 0; tenth < TENTHS; tenth++) {
      String metric = profile.metric().formatted(tenth);
      double[] ofSeeds =
          result.finished().stream()
              .mapToDouble(
                  c ->
                      trained(c)
                          .mapToDouble(p -> p.metric(metric))
                          .filter(Double::isFinite)
                          .average()
                          .orElse(Double.NaN))
              .toArray();
      column(tenth + 1, ofSeeds).ifPresent(columns::add);
    }
    return line(result, columns);
  }

  private static Optional<LineChart.Line> byBudget(VariantResult result) {
    return line(
        result,
        result.byBudget().stream()
            .map(
                at ->
                    new double[] {
                      at.rollouts(), at.ratio().value(), at.ratio().low(), at.ratio().high()
                    })
            .toList());
  }

  /** Points whose step replayed; all of a run that never did. */
  private static Stream<Curve.Point> trained(Curve curve) {
    String replayed = "data/replayed_rollouts";
    boolean any = curve.points().stream().anyMatch(p -> p.metric(replayed) > 0);
    return curve.points().stream().filter(p -> !any || p.metric(replayed) > 0);
  }

  /** x, mean, low, high of the values that are there. */
  private static Optional<double[]> column(double x, double[] ofSeeds) {
    double[] values = Arrays.stream(ofSeeds).filter(Double::isFinite).toArray();
    if (values.length == 0) {
      return Optional.empty();
    }
    Estimate mean = Statistics.mean(values);
    return Optional.of(new double[] {x, mean.value(), mean.low(), mean.high()});
  }

  private static Optional<LineChart.Line> line(VariantResult result, List<double[]> columns) {
    return columns.size() < 2
        ? Optional.empty()
        : Optional.of(
            new LineChart.Line(
                result.variant().label(),
                result.style(),
                values(columns, 0),
                values(columns, 1),
                values(columns, 2),
                values(columns, 3)));
  }

  private static double[] values(List<double[]> columns, int which) {
    return columns.stream().mapToDouble(c -> c[which]).toArray();
  }
}
