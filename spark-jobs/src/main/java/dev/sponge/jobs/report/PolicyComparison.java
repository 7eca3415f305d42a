package dev.sponge.jobs.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Two policies on the same problems: differences of the values of each problem, so that problems
 * that are hard for both cancel out. The interval is a paired bootstrap, p a paired permutation
 * test, both over problems and within each benchmark.
 */
public final class PolicyComparison {
  private final String first;
  private final String second;
  private final List<Line> lines = new ArrayList<>();

  /**
   * A line of the table.
   *
   * @param problems that both have enough judged responses to
   * @param unpaired problems that only one has
   * @param first mean of the first policy over these problems
   * @param second mean of the second policy
   * @param difference second minus first
   * @param p that the policies are equally good, two-sided
   */
  public record Line(
      String benchmark,
      String metric,
      int problems,
      int unpaired,
      double first,
      double second,
      Estimate difference,
      double p) {}

  /** The values of one benchmark, problem by problem. */
  private record Paired(double[] first, double[] second, int unpaired) {
    double[] differences() {
      double[] differences = new double[first.length];
      for (int i = 0; i < first.length; i++) {
        differences[i] = second[i] - first[i];
      }
      return differences;
    }
  }

  /**
   * Compares benchmark by benchmark, then all benchmarks together.
   *
   * @param first results of one policy, at most one a benchmark
   * @param second of the other one; benchmarks that only one has are left out
   */
  public PolicyComparison(
      List<BenchmarkResult> first, List<BenchmarkResult> second, List<Metric> metrics) {
    this.first = first.get(0).policy();
    this.second = second.get(0).policy();
    Map<String, BenchmarkResult> others =
        second.stream().collect(Collectors.toMap(BenchmarkResult::benchmark, Function.identity()));
    List<BenchmarkResult> common =
        first.stream().filter(result -> others.containsKey(result.benchmark())).toList();
    for (Metric metric : metrics) {
      List<Paired> all = new ArrayList<>();
      for (BenchmarkResult result : common) {
        Paired paired = pair(result, others.get(result.benchmark()), metric);
        if (paired.first().length > 0) {
          lines.add(line(result.benchmark(), metric, List.of(paired)));
          all.add(paired);
        }
      }
      if (all.size() > 1) {
        lines.add(line(ScoreTable.AVERAGE, metric, all));
      }
    }
  }

  private static Paired pair(BenchmarkResult first, BenchmarkResult second, Metric metric) {
    Map<String, Tally> others =
        second.tallies().stream()
            .filter(tally -> tally.responses() >= metric.k())
            .collect(Collectors.toMap(Tally::problem, Function.identity()));
    List<Tally> both =
        first.tallies().stream()
            .filter(tally -> tally.responses() >= metric.k())
            .filter(tally -> others.containsKey(tally.problem()))
            .toList();
    int only = first.tallies().size() + second.tallies().size() - 2 * both.size();
    return new Paired(
        both.stream().mapToDouble(metric::of).toArray(),
        both.stream().mapToDouble(tally -> metric.of(others.get(tally.problem()))).toArray(),
        only);
  }

  private static Line line(String name, Metric metric, List<Paired> benchmarks) {
    List<double[]> differences = benchmarks.stream().map(Paired::differences).toList();
    return new Line(
        name,
        metric.label(),
        benchmarks.stream().mapToInt(paired -> paired.first().length).sum(),
        benchmarks.stream().mapToInt(Paired::unpaired).sum(),
        Resampling.mean(benchmarks.stream().map(Paired::first).toList()),
        Resampling.mean(benchmarks.stream().map(Paired::second).toList()),
        Resampling.bootstrap(differences),
        Resampling.permutationTest(differences));
  }

  public List<Line> lines() {
    return List.copyOf(lines);
  }

  /** The lines in the given form. */
  public List<String> lines(OutputFormat format) {
    return switch (format) {
      case TEXT -> TextTable.format(header(), cells());
      case MARKDOWN -> markdown();
      case JSON ->
          List.of(OutputFormat.json(Map.of("first", first, "second", second, "lines", lines)));
    };
  }

  private List<String> header() {
    return List.of(
        "benchmark", "metric", "problems", "unpaired", first, second, "difference (95 %)", "p");
  }

  private List<List<String>> cells() {
    return lines.stream()
        .map(
            line ->
                List.of(
                    line.benchmark(),
                    line.metric(),
                    "" + line.problems(),
                    "" + line.unpaired(),
                    number("%.3f", line.first()),
                    number("%.3f", line.second()),
                    line.difference().toString(),
                    number("%.4f", line.p())))
        .toList();
  }

  private List<String> markdown() {
    List<String> text = new ArrayList<>();
    text.add("| " + String.join(" | ", header()) + " |");
    text.add("|---|---|---:|---:|---:|---:|---:|---:|");
    cells().forEach(row -> text.add("| " + String.join(" | ", row) + " |"));
    return text;
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
