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
          "ratio to half of the gain",
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
      for (StudyPlots.Plot plot : StudyPlots.of(group.getValue())) {
        String name = "plots/" + number + "-" + plot.file() + ".svg";
        write(out.resolve(name), plot.svg());
        document.picture(plot.title(), name, plot.svg());
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
            + "The ratio to half of the gain is the same for the level halfway between the base policy and that final level. "
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
        text(comparison.map(Comparison::early), 2),
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

  private static void write(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new SpongeException("The report cannot be written to " + file + ": " + e, e);
    }
  }
}
