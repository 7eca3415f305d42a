package dev.sponge.jobs.evaluation;

import dev.sponge.jobs.config.BenchmarkSettings;
import dev.sponge.jobs.run.PromptRenderer;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.Verifiers;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.HfModelDirectory;
import dev.sponge.rl.reward.RewardStatus;
import dev.sponge.rl.reward.Verifier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Looks benchmarks up, and refuses what cannot be evaluated before anything is generated. */
final class BenchmarkProblems {
  private static final int MAX_TOKENS = 8192;

  /** The importer of each published benchmark; others come as JSON lines. */
  private static final Map<String, String> FORMATS =
      Map.of(
          "aime24", "aime",
          "amc23", "amc",
          "math500", "math",
          "minerva", "minerva",
          "olympiadbench", "olympiadbench");

  private final RunContext run;
  private final BenchmarkSettings settings;

  BenchmarkProblems(RunContext run, BenchmarkSettings settings) {
    this.run = run;
    this.settings = settings;
  }

  /**
   * The benchmarks in the order they were named.
   *
   * @param verifierName {@code id@version}
   * @throws UserError if one is not in table prompts, the policy's checkpoint is gone, responses
   *     would not fit into the model or the verifier understands none of the gold answers
   */
  List<Benchmark> load(Policy policy, String verifierName) {
    Map<String, List<Prompt>> sources =
        run.lakehouse().prompts().read("test").stream()
            .collect(Collectors.groupingBy(Prompt::source));
    List<Benchmark> found = new ArrayList<>();
    try (PromptRenderer renderer = new PromptRenderer(run)) {
      for (String name : settings.benchmarks()) {
        List<Prompt> problems =
            sources.getOrDefault(name, List.of()).stream()
                .sorted(Comparator.comparing(Prompt::promptId))
                .limit(settings.problems().orElse(Integer.MAX_VALUE))
                .map(renderer::rendered)
                .toList();
        requireProblems(name, problems);
        requireGolds(name, problems, verifierName);
        found.add(new Benchmark(name, problems, 0));
      }
    }
    int limit = limit(policy, found);
    return found.stream().map(b -> new Benchmark(b.name(), b.problems(), limit)).toList();
  }

  private static void requireProblems(String name, List<Prompt> problems) {
    if (problems.isEmpty()) {
      throw new UserError(
          "Table prompts holds no test problem of source %s; bring the benchmark in with: sponge dataset import --format %s PATH --source %s --split test --work DIR"
              .formatted(name, FORMATS.getOrDefault(name, "jsonl"), name));
    }
  }

  private static void requireGolds(String name, List<Prompt> problems, String verifierName) {
    Verifier verifier = Verifiers.named(verifierName);
    boolean none =
        problems.stream()
            .noneMatch(
                problem ->
                    verifier.verify("", problem.answer(), false).status() == RewardStatus.SCORED);
    if (none) {
      String gold = problems.get(0).answer();
      throw new UserError(
          "Verifier %s can judge no problem of benchmark %s (the first, with gold answer %s: %s); name another with --verifier."
              .formatted(verifierName, name, gold, verifier.verify("", gold, false).detail()));
    }
  }

  private int limit(Policy policy, List<Benchmark> benchmarks) {
    if (!run.checkpoints().exists(policy.checkpointUri())) {
      throw new UserError(
          "The checkpoint of policy version %d of run \"%s\" is gone (%s); evaluate a version that has one, and keep more with checkpoint.keep_every."
              .formatted(policy.policyVersion(), policy.runId(), policy.checkpointUri()));
    }
    int positions =
        HfModelDirectory.check(run.checkpoints().fetchUnverified(policy.checkpointUri()))
            .maxPositionEmbeddings();
    int longest = benchmarks.stream().mapToInt(Benchmark::longest).max().orElseThrow();
    int room = positions - longest;
    int wanted = settings.maxTokens().orElse(Math.min(MAX_TOKENS, Math.max(room, 1)));
    if (wanted > room) {
      throw new UserError(
          "--max-tokens %d does not fit: the longest problem takes %d of the model's %d positions; give at most %d."
              .formatted(wanted, longest, positions, room));
    }
    if (settings.maxTokens().isEmpty() && wanted < MAX_TOKENS) {
      run.console()
          .line(
              "responses end after %,d tokens: the model has %,d positions"
                  .formatted(wanted, positions));
    }
    return wanted;
  }
}
