package dev.sponge.jobs.study;

import dev.sponge.jobs.config.StudyConfig;
import dev.sponge.jobs.config.StudyConfig.Variant;
import dev.sponge.jobs.study.Statistics.Estimate;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * Writes {@code report.md}, {@code report.html} and the plots of a study. What its authors have to
 * say of it, in Markdown paragraphs, stands in {@code findings.md} beside them and is put at the
 * top.
 */
public final class StudyReport {
  private static final String FINDINGS = "findings.md";
  private static final List<String> HEADINGS =
      List.of(
          "variant",
          "runs",
          "pass@1 sampled at the end",
          "pass@8",
          "fresh rollouts",
          "rollout ratio",
          "reached",
          "m/(1-p)",
          "entropy",
          "tokens",
          "seconds");

  private final StudyConfig study;
  private final List<Curve> curves;

  public StudyReport(StudyConfig study, List<Curve> curves) {
    this.study = study;
    this.curves = curves;
  }

  /** What a plot shows of every point. */
  private record View(
      String file, String title, String xTitle, ToDoubleFunction<Curve.Point> x, String metric) {}

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
          view("ratio-lag1", "mean importance ratio at lag 1", "actor/ratio/lag_1/mean"),
          view("ratio-lag2", "mean importance ratio at lag 2", "actor/ratio/lag_2/mean"),
          view("ratio-first", "mean ratio in the first tenth", "actor/ratio/decile_0/mean"),
          view("ratio-last", "mean ratio in the last tenth", "actor/ratio/decile_9/mean"),
          view("whipping", "mean of ratio times advantage", "actor/ratio_advantage/mean"));

  private static View view(String file, String title, String metric) {
    return new View(file, title, "fresh rollouts", Curve.Point::rollouts, metric);
  }

  /** Writes all files into a directory that exists. */
  public void write(Path out) {
    Map<String, List<VariantResult>> groups = new LinkedHashMap<>();
    for (Variant variant : study.variants()) {
      groups
          .computeIfAbsent(variant.group(), g -> new ArrayList<>())
          .add(VariantResult.of(study, variant, curves));
    }
    Document document = new Document(title());
    document.markdown(findings(out));
    document.paragraph(howToRead());
    int number = 0;
    for (Map.Entry<String, List<VariantResult>> group : groups.entrySet()) {
      number++;
      document.heading(group.getKey().isEmpty() ? "All variants" : group.getKey());
      document.table(HEADINGS, group.getValue().stream().map(StudyReport::row).toList());
      failures(group.getValue()).ifPresent(document::paragraph);
      for (View view : VIEWS) {
        Optional<String> svg = plot(view, group.getValue());
        if (svg.isPresent()) {
          String name = "plots/" + number + "-" + view.file() + ".svg";
          write(out.resolve(name), svg.get());
          document.picture(view.title(), name, svg.get());
        }
      }
    }
    write(out.resolve("report.md"), document.markdownText());
    write(out.resolve("report.html"), document.htmlText());
    for (Variant variant : study.variants()) {
      int seed = study.study().seeds().get(0);
      write(out.resolve("configs/" + variant.key() + ".conf"), variant.run(seed).resolved() + "\n");
    }
  }

  private String title() {
    return study.study().title().isEmpty() ? study.study().name() : study.study().title();
  }

  private static String findings(Path out) {
    Path file = out.resolve(FINDINGS);
    try {
      return Files.exists(file) ? Files.readString(file).strip() : "";
    } catch (IOException e) {
      throw new UserError("The findings in " + file + " cannot be read: " + e, e);
    }
  }

  private String howToRead() {
    return ("Every number is a mean over seeds with its 95 %% percentile bootstrap interval over seeds. "
            + "The rollout ratio compares with the baseline: the fresh rollouts that the baseline needs to reach its own final level "
            + "(mean over its seeds of the running mean of the last %d evaluations) over those that the variant needs; above 1 the variant needs fewer. "
            + "\"reached\" counts the seeds that got there; one that did not, or whose training failed, enters the ratio with rate 0. All other columns are of finished runs. m/(1-p), with p = 1 m times the window, is how many gradient passes a fresh rollout gets in phase 1. "
            + "Bands in the plots are the same intervals.")
        .formatted(study.study().window());
  }

  private static List<String> row(VariantResult result) {
    Optional<Comparison> comparison = result.comparison();
    int runs = result.finished().size() + result.failed().size();
    return List.of(
        result.variant().label(),
        result.failed().isEmpty() ? "" + runs : runs + ", " + result.failed().size() + " failed",
        text(result.last(Curve.Point.SAMPLED), 3),
        text(result.last(Curve.Point.PASS8), 3),
        "%,d".formatted(result.rollouts()),
        text(comparison.map(Comparison::ratio), 2),
        comparison.map(c -> c.reached() + " of " + runs).orElse("-"),
        String.format(Locale.ROOT, "%.1f", result.passesPerRollout()),
        text(result.last(Curve.Point.ENTROPY), 3),
        text(result.last(Curve.Point.LENGTH), 1),
        text(result.seconds(), 0));
  }

  private static String text(Optional<Estimate> estimate, int digits) {
    String format = "%." + digits + "f [%." + digits + "f, %." + digits + "f]";
    return estimate
        .map(e -> String.format(Locale.ROOT, format, e.value(), e.low(), e.high()))
        .orElse("-");
  }

  private static Optional<String> failures(List<VariantResult> results) {
    List<String> lines = new ArrayList<>();
    for (VariantResult result : results) {
      for (Curve curve : result.failed()) {
        lines.add(
            "%s, seed %d, ended after %d steps: %s."
                .formatted(
                    result.variant().label(), curve.seed(), curve.last().step(), curve.failure()));
      }
    }
    return lines.isEmpty() ? Optional.empty() : Optional.of(String.join(" ", lines));
  }

  private static Optional<String> plot(View view, List<VariantResult> results) {
    LineChart chart = new LineChart(view.title(), view.xTitle(), view.title());
    boolean any = false;
    for (VariantResult result : results) {
      Optional<LineChart.Line> line = line(view, result);
      line.ifPresent(chart::add);
      any |= line.isPresent();
    }
    return any ? Optional.of(chart.svg()) : Optional.empty();
  }

  /** Means over the finished runs, whose points stand at the same steps. */
  private static Optional<LineChart.Line> line(View view, VariantResult result) {
    int points = result.finished().stream().mapToInt(c -> c.points().size()).min().orElse(0);
    List<double[]> columns = new ArrayList<>(); // x, value, low, high
    for (int i = 0; i < points; i++) {
      int index = i;
      double[] values =
          result.finished().stream()
              .mapToDouble(c -> c.points().get(index).metric(view.metric()))
              .filter(Double::isFinite)
              .toArray();
      if (values.length > 0) {
        Estimate mean = Statistics.mean(values);
        double x =
            result.finished().stream()
                .mapToDouble(c -> view.x().applyAsDouble(c.points().get(index)))
                .average()
                .orElseThrow();
        columns.add(new double[] {x, mean.value(), mean.low(), mean.high()});
      }
    }
    if (columns.size() < 2) {
      return Optional.empty();
    }
    return Optional.of(
        new LineChart.Line(
            result.variant().label(),
            column(columns, 0),
            column(columns, 1),
            column(columns, 2),
            column(columns, 3)));
  }

  private static double[] column(List<double[]> columns, int which) {
    return columns.stream().mapToDouble(c -> c[which]).toArray();
  }

  private static void write(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new SpongeException("The report cannot be written to " + file + ": " + e, e);
    }
  }
}
