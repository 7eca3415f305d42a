package dev.sponge.jobs.curation;

import dev.sponge.datasets.RejectionReason;
import dev.sponge.datasets.similarity.NearDuplicates;
import dev.sponge.datasets.similarity.PromptText;
import dev.sponge.datasets.similarity.Shingles;
import dev.sponge.datasets.similarity.SimilarPair;
import dev.sponge.datasets.similarity.SimilarPrompts;
import dev.sponge.jobs.cli.DatasetTools.Likeness;
import dev.sponge.jobs.run.Hashes;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.RejectedPrompt;
import dev.sponge.rl.UserError;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Finds training prompts that are too much like another prompt and lists them in table
 * prompts_rejected, in one commit. A listed prompt stays in table prompts and is not asked in
 * training any more; nor is it looked at again, so that a second run finds nothing.
 */
public final class SimilarityJob {
  /** The sources of the five benchmarks. */
  public static final List<String> BENCHMARKS =
      List.of("aime24", "amc23", "math500", "minerva", "olympiadbench");

  private static final String TRAIN = "train";
  private static final String TEST = "test";
  private static final int ID_DIGITS = 16;

  private final Lakehouse lakehouse;

  public SimilarityJob(Lakehouse lakehouse) {
    this.lakehouse = lakehouse;
  }

  /**
   * A training prompt that is too much like another one.
   *
   * @param prompt the training prompt
   * @param other the prompt it is like
   * @param similarity Jaccard similarity of their shingles
   */
  record Finding(Prompt prompt, Prompt other, double similarity) {}

  /**
   * Drops all but one of training prompts that are alike.
   *
   * @param sources of which prompts are compared, the one whose prompts rather stay first; empty
   *     for all, with the smallest prompt_id first
   */
  public SimilarityReport deduplicate(List<String> sources, Likeness likeness, boolean dryRun) {
    List<Prompt> prompts = asked();
    known(sources, prompts, TRAIN);
    List<Prompt> order =
        prompts.stream()
            .filter(prompt -> sources.isEmpty() || sources.contains(prompt.source()))
            .sorted(
                Comparator.comparingInt((Prompt prompt) -> sources.indexOf(prompt.source()))
                    .thenComparing(Prompt::promptId))
            .toList();
    List<SimilarPair> pairs = similar(likeness).within(texts(order));
    List<SimilarPair> dropped =
        NearDuplicates.dropped(order.stream().map(Prompt::promptId).toList(), pairs);
    Map<String, Prompt> byId = byId(order);
    List<Finding> findings = findings(dropped, byId, byId);
    reject(findings, RejectionReason.NEAR_DUPLICATE, dryRun);
    return SimilarityReport.deduplication(order, findings, dryRun);
  }

  /**
   * Drops training prompts that are like a test prompt.
   *
   * @param against sources of the test prompts; empty for those of {@link #BENCHMARKS} that are
   *     there
   */
  public SimilarityReport decontaminate(List<String> against, Likeness likeness, boolean dryRun) {
    List<Prompt> tests = lakehouse.prompts().read(TEST);
    known(against, tests, TEST);
    Set<String> there = sources(tests);
    List<String> benchmarks =
        against.isEmpty() ? BENCHMARKS.stream().filter(there::contains).toList() : against;
    if (benchmarks.isEmpty()) {
      throw new UserError(
          "Table prompts holds none of %s; import them with: sponge dataset import, or name other sources of split test with --against (there are: %s)"
              .formatted(
                  String.join(", ", BENCHMARKS),
                  there.isEmpty() ? "none" : String.join(", ", there)));
    }
    List<Prompt> kept = tests.stream().filter(p -> benchmarks.contains(p.source())).toList();
    List<Prompt> prompts = asked();
    Map<String, SimilarPair> closest =
        similar(likeness).between(texts(prompts), texts(kept)).stream()
            .collect(Collectors.toMap(SimilarPair::left, Function.identity(), (a, b) -> a));
    List<SimilarPair> pairs = closest.values().stream().sorted(SimilarPair.CLOSEST_FIRST).toList();
    List<Finding> findings = findings(pairs, byId(prompts), byId(kept));
    reject(findings, RejectionReason.CONTAMINATED, dryRun);
    return SimilarityReport.decontamination(benchmarks, kept, findings, dryRun);
  }

  /** The training prompts that are not rejected yet. */
  private List<Prompt> asked() {
    Set<String> rejected = lakehouse.promptsRejected().promptIds();
    return lakehouse.prompts().read(TRAIN).stream()
        .filter(prompt -> !rejected.contains(prompt.promptId()))
        .toList();
  }

  private static void known(List<String> sources, List<Prompt> prompts, String split) {
    Set<String> there = sources(prompts);
    for (String source : sources) {
      if (!there.contains(source)) {
        throw new UserError(
            "Table prompts holds no prompt of source %s in split %s; there are: %s"
                .formatted(source, split, there.isEmpty() ? "none" : String.join(", ", there)));
      }
    }
  }

  private static Set<String> sources(List<Prompt> prompts) {
    return prompts.stream().map(Prompt::source).collect(Collectors.toCollection(TreeSet::new));
  }

  private SimilarPrompts similar(Likeness likeness) {
    return new SimilarPrompts(
        lakehouse.spark(), new Shingles(likeness.shingleWords()), likeness.threshold());
  }

  private static List<PromptText> texts(List<Prompt> prompts) {
    return prompts.stream().map(p -> new PromptText(p.promptId(), p.prompt())).toList();
  }

  private static Map<String, Prompt> byId(Collection<Prompt> prompts) {
    return prompts.stream().collect(Collectors.toMap(Prompt::promptId, Function.identity()));
  }

  private static List<Finding> findings(
      List<SimilarPair> pairs, Map<String, Prompt> prompts, Map<String, Prompt> others) {
    return pairs.stream()
        .map(
            pair ->
                new Finding(prompts.get(pair.left()), others.get(pair.right()), pair.similarity()))
        .toList();
  }

  private void reject(List<Finding> findings, RejectionReason reason, boolean dryRun) {
    if (!dryRun) {
      Instant now = Instant.now();
      lakehouse
          .promptsRejected()
          .append(findings.stream().map(finding -> row(finding, reason, now)).toList());
    }
  }

  private static RejectedPrompt row(Finding finding, RejectionReason reason, Instant now) {
    Prompt prompt = finding.prompt();
    Prompt other = finding.other();
    return new RejectedPrompt(
        Hashes.sha256(reason.label() + "\n" + prompt.promptId(), ID_DIGITS),
        prompt.promptId(),
        prompt.source(),
        prompt.split(),
        null,
        reason.label(),
        "like %s prompt %s of source %s".formatted(other.split(), other.promptId(), other.source()),
        other.promptId(),
        finding.similarity(),
        RejectedPrompt.excerpt(prompt.prompt()),
        now);
  }
}
