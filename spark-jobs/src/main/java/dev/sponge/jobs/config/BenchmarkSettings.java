package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How {@code sponge evaluate --benchmarks} measures a policy.
 *
 * @param benchmarks names: values of {@code prompts.source}
 * @param samples responses a problem
 * @param temperature of the samples; 0 is greedy
 * @param topP smallest mass of tokens that are drawn from
 * @param maxTokens limit on a response; empty for 8,192, or as many as the model has positions for
 * @param problems of each benchmark, the first by id; empty for all
 * @param verifier {@code id@version} or {@code id}; empty for math
 */
public record BenchmarkSettings(
    List<String> benchmarks,
    int samples,
    double temperature,
    double topP,
    OptionalInt maxTokens,
    OptionalInt problems,
    Optional<String> verifier) {
  /** Majority votes are counted exactly, which takes time for more. */
  private static final int MOST_SAMPLES = 256;

  public BenchmarkSettings {
    benchmarks = List.copyOf(benchmarks);
    requireNames(benchmarks);
    Check.range("--n", samples, 1, MOST_SAMPLES);
    Check.range("--temperature", temperature, 0, 10);
    Check.above("--top-p", topP, 0, 1);
    if (temperature == 0 && samples > 1) {
      throw new UserError(
          "--temperature 0 with --n %d: greedy responses to a problem are all the same. Give --n 1, or a temperature."
              .formatted(samples));
    }
    maxTokens.ifPresent(tokens -> Check.range("--max-tokens", tokens, 1, 1_000_000));
    problems.ifPresent(count -> Check.range("--problems", count, 1, 1_000_000));
  }

  /** Names of benchmarks as given with {@code --benchmarks}. */
  static void requireNames(List<String> benchmarks) {
    if (benchmarks.isEmpty() || benchmarks.stream().anyMatch(String::isBlank)) {
      throw new UserError(
          "--benchmarks names no benchmark; give names with commas between, such as aime24,math500.");
    }
    if (new HashSet<>(benchmarks).size() < benchmarks.size()) {
      throw new UserError(
          "--benchmarks %s names a benchmark twice.".formatted(String.join(",", benchmarks)));
    }
  }

  /**
   * The k of pass@k and maj@k.
   *
   * @param given empty for 1 and all samples
   * @throws UserError if one is not from 1 to {@code samples}
   */
  public static List<Integer> ks(List<Integer> given, int samples) {
    given.forEach(
        k -> {
          if (k < 1 || k > samples) {
            throw new UserError(
                "--k %d: pass@k needs a k from 1 to %d, the responses there are to a problem."
                    .formatted(k, samples));
          }
        });
    return given.isEmpty() ? List.of(1, samples) : given;
  }
}
