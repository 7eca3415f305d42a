package dev.sponge.jobs.evaluation;

import dev.sponge.jobs.evaluation.ProblemJudge.Judgement;
import dev.sponge.jobs.evaluation.ProblemJudge.Response;
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
 * @param greedy whether there is a greedy response a problem, of as many tokens, beside the samples
 * @param samples sampled responses a problem
 * @param sampling how the samples are drawn
 * @param seed of the run
 */
record EvaluationTask(
    String runId,
    int policyVersion,
    String benchmark,
    String attemptId,
    PolicySource source,
    boolean greedy,
    int samples,
    SamplingConfig sampling,
    long seed)
    implements Serializable {
  private static final String SEED_PREFIX = "evaluation/";

  /** A judged response with what the table does not hold. */
  record Judged(EvaluationResponse response, double surprise) implements Serializable {}

  List<Judged> answer(Unit<Prompt> unit, Verifier verifier, Configuration hadoop) {
    ExecutorPolicy policy = ExecutorPolicy.forTask(source, hadoop);
    Generator generator = policy.generator();
    List<List<Completion>> greedyAnswers =
        greedy
            ? generator.generate(
                unit.items().stream()
                    .map(p -> new GenerationRequest(p.promptIds(), new long[] {0}))
                    .toList(),
                SamplingConfig.greedy(sampling.maxNewTokens()))
            : List.of();
    List<List<Completion>> sampledAnswers =
        generator.generate(
            unit.items().stream().map(p -> new GenerationRequest(p.promptIds(), seeds(p))).toList(),
            sampling);
    List<Judged> judged = new ArrayList<>();
    for (int i = 0; i < unit.items().size(); i++) {
      List<Completion> completions = new ArrayList<>(greedy ? greedyAnswers.get(i) : List.of());
      completions.addAll(sampledAnswers.get(i));
      judged.addAll(judge(unit.items().get(i), completions, policy, verifier));
    }
    return judged;
  }

  private long[] seeds(Prompt prompt) {
    String id = SEED_PREFIX + prompt.promptId();
    return LongStream.range(0, samples)
        .map(sample -> TokenRandom.seed(seed, policyVersion, id, (int) sample))
        .toArray();
  }

  /**
   * @param completions the greedy one first, where there is one
   */
  private List<Judged> judge(
      Prompt prompt, List<Completion> completions, ExecutorPolicy policy, Verifier verifier) {
    List<Response> responses =
        completions.stream()
            .map(
                completion ->
                    new Response(
                        policy.tokenizer().decode(completion.ids()),
                        completion.finishReason() == FinishReason.LENGTH))
            .toList();
    List<Judgement> judgements = new ProblemJudge(verifier).judge(prompt.answer(), responses);
    List<Judged> judged = new ArrayList<>();
    for (int i = 0; i < completions.size(); i++) {
      Completion completion = completions.get(i);
      Judgement judgement = judgements.get(i);
      int sample = greedy ? i - 1 : i;
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
              responses.get(i).text(),
              completion.finishReason().label(),
              judgement.reward(),
              judgement.correct(),
              judgement.formatOk(),
              judgement.answer(),
              verifier.id(),
              verifier.version(),
              judgement.detail());
      judged.add(new Judged(response, surprise(completion)));
    }
    return judged;
  }

  private static double surprise(Completion completion) {
    double surprise = 0;
    for (float logprob : completion.logprobs()) {
      surprise -= logprob;
    }
    return surprise;
  }
}
