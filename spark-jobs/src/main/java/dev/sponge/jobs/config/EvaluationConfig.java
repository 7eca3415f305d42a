package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;

/**
 * Section {@code evaluation}: how often and on how many held-out problems the policy is measured.
 */
public record EvaluationConfig(
    int every, int problems, int samples, int finalSamples, double temperature, String benchmark) {

  public EvaluationConfig {
    Check.range("evaluation.every", every, 1, 1_000_000);
    Check.range("evaluation.problems", problems, 1, 1_000_000);
    Check.range("evaluation.samples", samples, 1, 1024);
    Check.range("evaluation.final_samples", finalSamples, 8, 1024);
    Check.above("evaluation.temperature", temperature, 0, 10);
    if (benchmark.isBlank()) {
      throw new UserError("evaluation.benchmark is empty: give the evaluated problem set a name.");
    }
  }
}
