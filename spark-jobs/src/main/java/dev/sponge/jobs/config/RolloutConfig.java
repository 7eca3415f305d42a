package dev.sponge.jobs.config;

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
    int workUnitPrompts) {

  public RolloutConfig {
    Check.range("rollout.prompts_per_step", promptsPerStep, 1, 1_000_000);
    Check.range("rollout.group_size", groupSize, 1, 1024);
    Check.range("rollout.max_prompt_tokens", maxPromptTokens, 1, 1_048_576);
    Check.range("rollout.max_new_tokens", maxNewTokens, 1, 1_048_576);
    Check.above("rollout.temperature", temperature, 0, 10);
    Check.range("rollout.work_unit_prompts", workUnitPrompts, 1, 65_536);
  }

  /** Responses per outer step, fresh and replayed together. */
  public long sequencesPerStep() {
    return (long) promptsPerStep * groupSize;
  }
}
