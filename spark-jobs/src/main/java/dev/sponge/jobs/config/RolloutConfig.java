package dev.sponge.jobs.config;

import dev.sponge.rl.generation.SamplingConfig;
import dev.sponge.rl.tensor.DecoderKernels.Truncation;
import java.util.List;

/**
 * Section {@code rollout}: how many responses a step uses and how they are sampled; lengths in
 * tokens.
 */
public record RolloutConfig(
    int promptsPerStep,
    int groupSize,
    int maxPromptTokens,
    int maxNewTokens,
    double temperature,
    int topK,
    double topP,
    double minP,
    List<String> stop,
    int workUnitPrompts,
    int batchRows,
    int refillRounds,
    PromptSelectionConfig promptSelection) {

  public RolloutConfig {
    Check.range("rollout.prompts_per_step", promptsPerStep, 1, 1_000_000);
    Check.range("rollout.group_size", groupSize, 1, 1024);
    Check.range("rollout.max_prompt_tokens", maxPromptTokens, 1, 1_048_576);
    Check.range("rollout.max_new_tokens", maxNewTokens, 1, 1_048_576);
    Check.above("rollout.temperature", temperature, 0, 10);
    Check.range("rollout.top_k", topK, 0, 10_000_000);
    Check.above("rollout.top_p", topP, 0, 1);
    Check.range("rollout.min_p", minP, 0, 0.999999);
    Check.range("rollout.work_unit_prompts", workUnitPrompts, 1, 65_536);
    Check.range("rollout.batch_rows", batchRows, 1, 65_536);
    Check.range("rollout.refill_rounds", refillRounds, 0, 1000);
  }

  /** How tokens are drawn. */
  public SamplingConfig sampling() {
    return new SamplingConfig(temperature, maxNewTokens, new Truncation(topK, topP, minP));
  }

  /** Responses per outer step, fresh and replayed together. */
  public long sequencesPerStep() {
    return (long) promptsPerStep * groupSize;
  }
}
