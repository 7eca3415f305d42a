package dev.sponge.jobs.evaluation;

import dev.sponge.jobs.run.ExecutorPolicy;
import dev.sponge.jobs.run.PolicySource;
import dev.sponge.jobs.run.WorkUnits.Unit;
import dev.sponge.jobs.table.EvaluationResponse;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.rl.generation.Completion;
import dev.sponge.rl.generation.FinishReason;
import dev.sponge.rl.generation.GenerationRequest;
import dev.sponge.rl.generation.Generator;
import dev.sponge.rl.generation.SamplingConfig;
import dev.sponge.rl.generation.TokenRandom;
import dev.sponge.rl.reward.Verdict;
import dev.sponge.rl.reward.Verifier;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;

/**
 * What a task needs to answer benchmark problems: made on the driver, unchanged while it runs.
 *
 * @param policyVersion version of the evaluated policy
 * @param samples sampled responses a problem, beside one greedy response
 * @param temperature of the samples
 * @param maxNewTokens limit on C
 * @param seed of the run
 */
record EvaluationTask(
    String runId,
    int policyVersion,
    String benchmark,
    String attemptId,
    PolicySource source,
    int samples,
    double temperature,
    int maxNewTokens,
    long seed)
    implements Serializable {
  private static final String SEED_PREFIX = "evaluation/";

  /** A judged response with what the table does not hold. */
  record Judged(EvaluationResponse response, double surprise) implements Serializable {}

  List<Judged> answer(Unit<Prompt> unit, Verifier verifier, Configuration hadoop) {
    ExecutorPolicy policy = ExecutorPolicy.forTask(source, hadoop);
    Generator generator = policy.generator();
    List<Judged> judged = new ArrayList<>();
    List<GenerationRequest> greedy =
        unit.items().stream()
            .map(p -> new GenerationRequest(p.promptIds(), new long[] {0}))
            .toList();
    List<GenerationRequest> sampled =
        unit.items().stream().map(p -> new GenerationRequest(p.promptIds(), seeds(p))).toList();
    var greedyAnswers = generator.generate(greedy, SamplingConfig.greedy(maxNewTokens));
    var sampledAnswers = generator.generate(sampled, new SamplingConfig(temperature, maxNewTokens));
    for (int i = 0; i < unit.items().size(); i++) {
      Prompt prompt = unit.items().get(i);
      judged.add(judge(prompt, -1, greedyAnswers.get(i).get(0), policy, verifier));
      for (int sample = 0; sample < samples; sample++) {
        judged.add(judge(prompt, sample, sampledAnswers.get(i).get(sample), policy, verifier));
      }
    }
    return judged;
  }

  private long[] seeds(Prompt prompt) {
    String id = SEED_PREFIX + prompt.promptId();
    return LongStream.range(0, samples)
        .map(sample -> TokenRandom.seed(seed, policyVersion, id, (int) sample))
        .toArray();
  }

  private Judged judge(
      Prompt prompt, int sample, Completion completion, ExecutorPolicy policy, Verifier verifier) {
    String text = policy.tokenizer().decode(completion.ids());
    boolean truncated = completion.finishReason() == FinishReason.LENGTH;
    Verdict verdict = verifier.verify(text, prompt.answer(), truncated);
    double surprise = 0;
    for (float logprob : completion.logprobs()) {
      surprise -= logprob;
    }
    EvaluationResponse response =
        new EvaluationResponse(
            runId,
            policyVersion,
            benchmark,
            attemptId,
            prompt.promptId(),
            sample,
            sample < 0,
            completion.ids(),
            text,
            completion.finishReason().label(),
            verdict.reward(),
            verdict.correct(),
            verdict.formatOk());
    return new Judged(response, surprise);
  }
}
