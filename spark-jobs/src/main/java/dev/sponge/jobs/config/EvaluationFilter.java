package dev.sponge.jobs.config;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Which committed evaluations are looked at; what is empty is not asked for.
 *
 * @param benchmarks names; empty for all
 */
public record EvaluationFilter(
    List<String> benchmarks,
    OptionalInt samples,
    OptionalDouble temperature,
    OptionalDouble topP,
    OptionalInt maxTokens,
    OptionalInt problems) {
  public EvaluationFilter {
    benchmarks = List.copyOf(benchmarks);
    if (!benchmarks.isEmpty()) {
      BenchmarkSettings.requireNames(benchmarks);
    }
  }
}
