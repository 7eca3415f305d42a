package dev.sponge.jobs.curation;

import dev.sponge.jobs.curation.SimilarityJob.Finding;
import dev.sponge.jobs.report.TextTable;
import dev.sponge.jobs.table.Prompt;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What {@link SimilarityJob} found, for the terminal.
 *
 * @param found prompts that were, or would be, listed
 * @param lines counts, the closest examples, and what was done
 */
public record SimilarityReport(int found, List<String> lines) {
  private static final int EXAMPLES = 10;

  public SimilarityReport {
    lines = List.copyOf(lines);
  }

  static SimilarityReport deduplication(
      List<Prompt> compared, List<Finding> findings, boolean dryRun) {
    Map<String, Long> prompts = counts(compared, Prompt::source);
    Map<String, Long> dropped = counts(findings, finding -> finding.prompt().source());
    List<List<String>> rows = new ArrayList<>();
    prompts.forEach(
        (source, count) ->
            rows.add(List.of(source, "" + count, "" + dropped.getOrDefault(source, 0L))));
    return of(List.of("source", "prompts", "near-duplicates"), rows, findings, dryRun);
  }

  static SimilarityReport decontamination(
      List<String> benchmarks, List<Prompt> tests, List<Finding> findings, boolean dryRun) {
    Map<String, Long> prompts = counts(tests, Prompt::source);
    Map<String, Long> contaminated = counts(findings, finding -> finding.other().source());
    List<List<String>> rows = new ArrayList<>();
    for (String benchmark : benchmarks) {
      long hit =
          findings.stream()
              .map(Finding::other)
              .filter(other -> other.source().equals(benchmark))
              .map(Prompt::promptId)
              .distinct()
              .count();
      rows.add(
          List.of(
              benchmark,
              "" + prompts.get(benchmark),
              "" + hit,
              "" + contaminated.getOrDefault(benchmark, 0L)));
    }
    return of(
        List.of("benchmark", "prompts", "with a like one", "contaminated training prompts"),
        rows,
        findings,
        dryRun);
  }

  private static SimilarityReport of(
      List<String> header, List<List<String>> rows, List<Finding> findings, boolean dryRun) {
    List<String> lines = new ArrayList<>(TextTable.format(header, rows));
    List<Finding> closest =
        findings.stream()
            .sorted(
                Comparator.comparingDouble(Finding::similarity)
                    .reversed()
                    .thenComparing(finding -> finding.prompt().promptId()))
            .limit(EXAMPLES)
            .toList();
    if (!closest.isEmpty()) {
      lines.add("");
      lines.add("The closest:");
      lines.addAll(
          TextTable.format(
              List.of("similarity", "source", "prompt", "like source", "like prompt"),
              closest.stream().map(SimilarityReport::cells).toList()));
    }
    lines.add("");
    lines.add(sentence(findings.size(), dryRun));
    return new SimilarityReport(findings.size(), lines);
  }

  private static List<String> cells(Finding finding) {
    return List.of(
        "%.3f".formatted(finding.similarity()),
        finding.prompt().source(),
        finding.prompt().prompt().strip(),
        finding.other().source(),
        finding.other().prompt().strip());
  }

  private static String sentence(int found, boolean dryRun) {
    if (found == 0) {
      return "nothing to do: no prompt is too much like another one";
    }
    return dryRun
        ? "would list %,d training prompts in prompts_rejected; nothing was written"
            .formatted(found)
        : "%,d training prompts listed in prompts_rejected; training does not ask them any more"
            .formatted(found);
  }

  private static <T> Map<String, Long> counts(List<T> items, Function<T, String> key) {
    return items.stream().collect(Collectors.groupingBy(key, TreeMap::new, Collectors.counting()));
  }
}
