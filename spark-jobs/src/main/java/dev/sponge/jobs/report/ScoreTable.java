package dev.sponge.jobs.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Policies measured on benchmarks, as text, Markdown or JSON. The average is the mean over
 * benchmarks, whatever their size.
 */
public final class ScoreTable {
  /** Stands in the place of a benchmark. */
  public static final String AVERAGE = "average";

  private static final String NONE = "-";

  private final List<Metric> metrics;
  private final List<Score> scores = new ArrayList<>();

  /**
   * A line of the table.
   *
   * @param problems in all
   * @param samples responses generated a problem; null where benchmarks differ
   * @param estimates by {@link Metric#label}; absent where no problem has enough judged responses
   * @param leftOut problems that have fewer judged responses than the largest k
   */
  public record Score(
      String policy,
      String benchmark,
      String verifier,
      int problems,
      Integer samples,
      Map<String, Estimate> estimates,
      BenchmarkResult.Responses responses,
      int leftOut) {}

  public ScoreTable(List<BenchmarkResult> results, List<Metric> metrics) {
    this.metrics = List.copyOf(metrics);
    Map<String, List<BenchmarkResult>> policies =
        results.stream()
            .collect(
                Collectors.groupingBy(
                    result -> result.policy() + " " + result.verifier(),
                    LinkedHashMap::new,
                    Collectors.toList()));
    for (List<BenchmarkResult> ofPolicy : policies.values()) {
      ofPolicy.forEach(result -> scores.add(score(result.benchmark(), List.of(result))));
      if (ofPolicy.size() > 1) {
        scores.add(score(AVERAGE, ofPolicy));
      }
    }
  }

  private Score score(String name, List<BenchmarkResult> results) {
    Map<String, Estimate> estimates = new LinkedHashMap<>();
    for (Metric metric : metrics) {
      List<double[]> values = results.stream().map(result -> result.values(metric)).toList();
      if (values.stream().allMatch(benchmark -> benchmark.length > 0)) {
        estimates.put(metric.label(), Resampling.bootstrap(values));
      }
    }
    Integer samples = results.get(0).samples();
    int largest = metrics.stream().mapToInt(Metric::k).max().orElse(1);
    List<Tally> tallies = results.stream().flatMap(result -> result.tallies().stream()).toList();
    return new Score(
        results.get(0).policy(),
        name,
        results.get(0).verifier(),
        tallies.size(),
        results.stream().allMatch(result -> result.samples() == samples) ? samples : null,
        estimates,
        together(results.stream().map(BenchmarkResult::responses).toList()),
        (int) tallies.stream().filter(tally -> tally.responses() < largest).count());
  }

  private static BenchmarkResult.Responses together(
      Collection<BenchmarkResult.Responses> benchmarks) {
    return new BenchmarkResult.Responses(
        benchmarks.stream().mapToInt(BenchmarkResult.Responses::failed).sum(),
        benchmarks.stream().collect(Collectors.averagingDouble(r -> r.length())),
        benchmarks.stream().collect(Collectors.averagingDouble(r -> r.truncated())),
        benchmarks.stream().collect(Collectors.averagingDouble(r -> r.reflecting())));
  }

  public List<Score> scores() {
    return List.copyOf(scores);
  }

  /** The lines in the given form. */
  public List<String> lines(OutputFormat format) {
    return switch (format) {
      case TEXT -> text();
      case MARKDOWN -> markdown();
      case JSON -> List.of(OutputFormat.json(scores));
    };
  }

  /** A line a policy and benchmark. */
  private List<String> text() {
    List<String> header =
        new ArrayList<>(List.of("policy", "benchmark", "verifier", "problems", "n"));
    metrics.forEach(metric -> header.add(metric.label()));
    header.addAll(List.of("tokens", "truncated", "reflecting", "failed", "left out"));
    List<List<String>> rows = new ArrayList<>();
    for (Score score : scores) {
      List<String> row =
          new ArrayList<>(
              List.of(
                  score.policy(),
                  score.benchmark(),
                  score.verifier(),
                  "" + score.problems(),
                  score.samples() == null ? NONE : "" + score.samples()));
      metrics.forEach(
          metric -> {
            Estimate estimate = score.estimates().get(metric.label());
            row.add(estimate == null ? NONE : estimate.toString());
          });
      row.add(number("%.1f", score.responses().length()));
      row.add(number("%.3f", score.responses().truncated()));
      row.add(number("%.3f", score.responses().reflecting()));
      row.add("" + score.responses().failed());
      row.add("" + score.leftOut());
      rows.add(row);
    }
    return TextTable.format(header, rows);
  }

  /** A table a metric as papers have it: a line a policy, a column a benchmark, in percent. */
  private List<String> markdown() {
    Set<String> benchmarks = new LinkedHashSet<>();
    scores.forEach(score -> benchmarks.add(score.benchmark()));
    if (benchmarks.remove(AVERAGE)) {
      benchmarks.add(AVERAGE);
    }
    List<String> lines = new ArrayList<>();
    for (Metric metric : metrics) {
      if (!lines.isEmpty()) {
        lines.add("");
      }
      lines.add("| " + metric.label() + " (%) | " + String.join(" | ", benchmarks) + " |");
      lines.add("|---|" + "---:|".repeat(benchmarks.size()));
      Map<String, Map<String, String>> cells = new LinkedHashMap<>();
      for (Score score : scores) {
        Estimate estimate = score.estimates().get(metric.label());
        cells
            .computeIfAbsent(
                score.policy() + ", " + score.verifier(), policy -> new LinkedHashMap<>())
            .put(score.benchmark(), estimate == null ? NONE : percent(estimate));
      }
      cells.forEach(
          (policy, ofPolicy) ->
              lines.add(
                  "| "
                      + policy
                      + " | "
                      + benchmarks.stream()
                          .map(benchmark -> ofPolicy.getOrDefault(benchmark, NONE))
                          .collect(Collectors.joining(" | "))
                      + " |"));
    }
    return lines;
  }

  private static String percent(Estimate estimate) {
    return number("%.2f", 100 * estimate.value());
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
