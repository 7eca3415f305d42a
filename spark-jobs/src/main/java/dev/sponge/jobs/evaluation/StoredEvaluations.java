package dev.sponge.jobs.evaluation;

import dev.sponge.jobs.config.EvaluationFilter;
import dev.sponge.jobs.table.Evaluation;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.rl.UserError;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/** The committed evaluations on benchmarks. */
public final class StoredEvaluations {
  private StoredEvaluations() {}

  /**
   * One evaluation for each policy version and benchmark: of several that pass the filter that of
   * most problems, then of most samples.
   *
   * @param version empty for all of the run
   * @return by version, then in the filter's order of benchmarks
   * @throws UserError if a benchmark was not evaluated
   */
  public static List<Evaluation> find(
      Lakehouse lake, String runId, OptionalInt version, EvaluationFilter filter) {
    Map<Integer, Map<String, Evaluation>> found = new TreeMap<>();
    List<Evaluation> all =
        version.isPresent()
            ? lake.evaluations().read(runId, version.getAsInt())
            : lake.evaluations().read(runId);
    all.stream()
        .filter(evaluation -> !evaluation.ofTheRun() && passes(evaluation, filter))
        .sorted(Comparator.comparingInt(Evaluation::problems).thenComparingInt(Evaluation::samples))
        .forEach(
            evaluation ->
                found
                    .computeIfAbsent(evaluation.policyVersion(), v -> new TreeMap<>())
                    .put(evaluation.benchmark(), evaluation));
    List<Evaluation> chosen = new ArrayList<>();
    for (Map<String, Evaluation> ofVersion : found.values()) {
      List<String> names =
          filter.benchmarks().isEmpty() ? List.copyOf(ofVersion.keySet()) : filter.benchmarks();
      names.stream().filter(ofVersion::containsKey).map(ofVersion::get).forEach(chosen::add);
    }
    List<String> missing =
        filter.benchmarks().stream()
            .filter(name -> chosen.stream().noneMatch(e -> e.benchmark().equals(name)))
            .toList();
    if (chosen.isEmpty() || !missing.isEmpty()) {
      throw new UserError(
          "Table evaluations holds no evaluation of run %s%s on %s with these settings; make it with: sponge evaluate --benchmarks NAMES --work DIR"
              .formatted(
                  runId,
                  version.isPresent() ? ", version " + version.getAsInt() : "",
                  missing.isEmpty() ? "a benchmark" : String.join(", ", missing)));
    }
    return chosen;
  }

  private static boolean passes(Evaluation evaluation, EvaluationFilter filter) {
    return (filter.benchmarks().isEmpty() || filter.benchmarks().contains(evaluation.benchmark()))
        && filter.samples().orElse(evaluation.samples()) == evaluation.samples()
        && filter.temperature().orElse(evaluation.temperature()) == evaluation.temperature()
        && filter.topP().orElse(evaluation.topP()) == evaluation.topP()
        && filter.maxTokens().orElse(evaluation.maxTokens()) == evaluation.maxTokens()
        && filter.problems().orElse(evaluation.problems()) == evaluation.problems();
  }
}
