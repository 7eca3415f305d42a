package dev.sponge.jobs.rollout;

import dev.sponge.jobs.run.ExecutorPolicy;
import dev.sponge.jobs.run.Hashes;
import dev.sponge.jobs.run.PolicySource;
import dev.sponge.jobs.run.WorkUnits.Unit;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.rl.generation.Completion;
import dev.sponge.rl.generation.GenerationRequest;
import dev.sponge.rl.generation.SamplingConfig;
import dev.sponge.rl.generation.TokenRandom;
import java.io.Serializable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;

/**
 * What a task needs to generate work units: made on the driver, unchanged while it runs.
 *
 * @param policyVersion k, version of the behaviour policy
 * @param groupSize G
 * @param sampling how tokens are drawn
 * @param runSeed seed of the run
 * @param engine names what the bytes depend on beside the inputs
 * @param dtype of the sampler
 */
public record RolloutTask(
    String runId,
    int policyVersion,
    PolicySource source,
    int groupSize,
    SamplingConfig sampling,
    long runSeed,
    String engine,
    String dtype)
    implements Serializable {
  private static final int ID_DIGITS = 24;

  /**
   * The rollouts of one work unit.
   *
   * @param seconds that the engine took
   */
  public record Generated(List<Rollout> rollouts, double seconds) {}

  /** Generates a work unit inside a Spark task. */
  Generated generate(Unit<Question> unit, Configuration hadoop) {
    ExecutorPolicy policy = ExecutorPolicy.forTask(source, hadoop);
    long start = System.nanoTime();
    List<GenerationRequest> requests =
        unit.items().stream()
            .map(Question::prompt)
            .map(p -> new GenerationRequest(p.promptIds(), seeds(p)))
            .toList();
    List<List<Completion>> groups = policy.generator().generate(requests, sampling);
    double seconds = (System.nanoTime() - start) / 1e9;
    List<Rollout> rollouts = new ArrayList<>();
    Instant now = Instant.now();
    for (int g = 0; g < groups.size(); g++) {
      Question question = unit.items().get(g);
      for (int sample = 0; sample < groupSize; sample++) {
        Completion completion = groups.get(g).get(sample);
        String text = policy.tokenizer().decode(completion.ids());
        rollouts.add(rollout(question, sample, completion, text, unit.index(), now));
      }
    }
    return new Generated(rollouts, seconds);
  }

  private long[] seeds(Prompt prompt) {
    return LongStream.range(0, groupSize).map(sample -> seed(prompt, (int) sample)).toArray();
  }

  private long seed(Prompt prompt, int sample) {
    return TokenRandom.seed(runSeed, policyVersion, prompt.promptId(), sample);
  }

  @SuppressWarnings("TooManyParameters")
  private Rollout rollout(
      Question question, int sample, Completion completion, String text, int unit, Instant now) {
    Prompt prompt = question.prompt();
    return new Rollout(
        rolloutId(runId, policyVersion, prompt.promptId(), sample),
        runId,
        policyVersion,
        prompt.promptId(),
        question.groupId(),
        sample,
        unit,
        prompt.promptIds(),
        completion.ids(),
        text,
        completion.logprobs(),
        completion.keptLogmass().orElse(null),
        completion.finishReason().label(),
        seed(prompt, sample),
        sampling.temperature(),
        sampling.maxNewTokens(),
        engine,
        dtype,
        now);
  }

  /** The first 24 hex digits of sha256(run, policy version, prompt, sample index). */
  public static String rolloutId(String runId, int policyVersion, String promptId, int sample) {
    String text = String.join("\n", runId, "" + policyVersion, promptId, "" + sample);
    return Hashes.sha256(text, ID_DIGITS);
  }
}
