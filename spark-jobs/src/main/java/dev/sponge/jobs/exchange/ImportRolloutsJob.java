package dev.sponge.jobs.exchange;

import dev.sponge.datasets.Problem;
import dev.sponge.jobs.cli.Tools.RolloutImport;
import dev.sponge.jobs.report.Progress;
import dev.sponge.jobs.rollout.RolloutTask;
import dev.sponge.jobs.run.GroupNames;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.rl.UserError;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.functions;

/**
 * Takes rollouts of another tool, or of another lakehouse, as a run of their own: a version a
 * logged step, a commit a version. Responses without token ids are tokenised, and those without
 * log-probs are scored by the model that is given, and marked. Importing again writes nothing.
 */
public final class ImportRolloutsJob {
  /** Neither train nor test: a run never draws its prompts from them. */
  static final String SPLIT = "imported";

  private static final String VERIFIER_VERSION = "1";

  /** Without an order of its own a log may be read in any: rows are told apart by content. */
  private static final Comparator<LoggedCompletion> ORDER =
      Comparator.comparing(LoggedCompletion::prompt)
          .thenComparing(LoggedCompletion::response)
          .thenComparing(LoggedCompletion::responseIds, Arrays::compare)
          .thenComparing(LoggedCompletion::logprobs, Comparator.nullsFirst(Arrays::compare));

  private final RunContext run;
  private final RolloutImport request;

  public ImportRolloutsJob(RunContext run, RolloutImport request) {
    this.run = run;
    this.request = request;
  }

  /**
   * @return rollouts written
   * @throws UserError if a row cannot be used, before anything is written
   */
  public long run() {
    if (run.lakehouse().policies().latest(run.runId()).isPresent()) {
      throw new UserError(
          "Run \"%s\" has policies of its own; import into another with --run NAME."
              .formatted(run.runId()));
    }
    CompletionLog log =
        CompletionLog.read(
            run.lakehouse().spark(), request.format(), request.path(), request.reward());
    boolean scores = !log.rows().where("logprobs is null").isEmpty();
    boolean tokens =
        scores || !log.rows().where("prompt_ids is null or response_ids is null").isEmpty();
    if (tokens && request.model().isEmpty()) {
      throw new UserError(
          request.path()
              + " has rollouts without token ids or log-probs, which cannot train; give the model"
              + " that sampled them with --model DIR: it scores them.");
    }
    List<Integer> versions =
        log.rows().select("policy_version").distinct().collectAsList().stream()
            .map(row -> row.getInt(0))
            .sorted()
            .toList();
    long written = 0;
    try (BehaviourScorer scorer =
            BehaviourScorer.open(request.model(), run.config().engine(), scores);
        Progress progress = run.console().progress("import", versions.size(), "steps")) {
      for (int version : versions) {
        List<LoggedCompletion> completions =
            log
                .rows()
                .where(functions.col("policy_version").equalTo(version))
                .collectAsList()
                .stream()
                .map(LoggedCompletion::of)
                .map(scorer::tokenised)
                .sorted(ORDER)
                .toList();
        written += commit(version, completions, log.verifier(), scorer);
        progress.advance(1);
      }
    }
    return written;
  }

  private long commit(
      int version, List<LoggedCompletion> completions, String verifier, BehaviourScorer scorer) {
    List<float[]> logprobs = scorer.logprobs(completions, temperature());
    Map<String, Prompt> prompts = new TreeMap<>();
    Map<String, Integer> samples = new TreeMap<>();
    List<Rollout> rollouts = new ArrayList<>();
    List<Reward> rewards = new ArrayList<>();
    for (int i = 0; i < completions.size(); i++) {
      LoggedCompletion completion = completions.get(i);
      Prompt prompt = prompt(completion);
      requireSame(prompts.put(prompt.promptId(), prompt), prompt);
      int sample = samples.merge(prompt.promptId(), 1, Integer::sum) - 1;
      Rollout rollout = rollout(completion, prompt, sample, logprobs.get(i));
      rollouts.add(rollout);
      if (completion.score() != null) {
        rewards.add(reward(rollout, verifier, completion.score()));
      }
    }
    run.lakehouse().prompts().append(List.copyOf(prompts.values()));
    boolean written = run.lakehouse().rollouts().append(run.runId(), version, rollouts).written();
    if (!rewards.isEmpty()) {
      VerifierKey key = new VerifierKey(verifier, VERIFIER_VERSION);
      run.lakehouse().rewards().append(run.runId(), version, key, rewards);
    }
    return written ? rollouts.size() : 0;
  }

  private double temperature() {
    return request.temperature().orElse(1);
  }

  private Prompt prompt(LoggedCompletion completion) {
    Problem problem =
        Problem.of(
            "imported-" + request.format().label(),
            SPLIT,
            completion.prompt(),
            completion.answer() == null ? "" : completion.answer(),
            0);
    return new Prompt(
        problem.promptId(),
        problem.source(),
        problem.split(),
        problem.prompt(),
        completion.promptIds(),
        problem.answer(),
        problem.level(),
        problem.contentHash());
  }

  private void requireSame(Prompt before, Prompt prompt) {
    if (before != null && !before.contentHash().equals(prompt.contentHash())) {
      throw new UserError(
          "%s gives one prompt two gold answers, '%s' and '%s': %s"
              .formatted(
                  request.path(), before.answer(), prompt.answer(), prompt.prompt().strip()));
    }
  }

  private Rollout rollout(
      LoggedCompletion completion, Prompt prompt, int sample, float[] logprobs) {
    int version = completion.policyVersion();
    return new Rollout(
        RolloutTask.rolloutId(run.runId(), version, prompt.promptId(), sample),
        run.runId(),
        version,
        prompt.promptId(),
        GroupNames.fresh(prompt.promptId(), version),
        sample,
        0,
        completion.promptIds(),
        completion.responseIds(),
        completion.response(),
        logprobs,
        completion.keptLogmass(),
        completion.finishReason(),
        0,
        completion.temperature() == null ? temperature() : completion.temperature(),
        completion.responseIds().length,
        "imported from " + request.format().label(),
        "unknown",
        Instant.now(),
        completion.logprobs() == null ? Rollout.RECOMPUTED : null);
  }

  /** The other tool's score; right is what earns all that a right answer earns. */
  private static Reward reward(Rollout rollout, String verifier, double score) {
    return new Reward(
        rollout.rolloutId(),
        rollout.runId(),
        rollout.policyVersion(),
        verifier,
        VERIFIER_VERSION,
        Reward.SCORED,
        score,
        score >= 1,
        null,
        "");
  }
}
