package dev.sponge.jobs.inference;

import dev.sponge.rl.UserError;
import java.util.List;

/**
 * How {@link GenerateJob} samples.
 *
 * @param samples answers, at least 1
 * @param temperature 0 is greedy
 * @param topK most likely tokens to draw from; 0 for all
 * @param topP share of the probability to draw from; 1 for all
 * @param minP least probability relative to the most likely token; 0 for all
 * @param maxTokens limit on the tokens of an answer
 * @param stop texts that end an answer
 */
public record GenerateSettings(
    int samples,
    double temperature,
    int topK,
    double topP,
    double minP,
    int maxTokens,
    List<String> stop,
    long seed) {
  private static final int MAX_SAMPLES = 1024;

  public GenerateSettings {
    stop = List.copyOf(stop);
    check(samples >= 1 && samples <= MAX_SAMPLES, "--n", samples, "from 1 to " + MAX_SAMPLES);
    check(temperature >= 0 && temperature <= 10, "--temperature", temperature, "from 0 to 10");
    check(topK >= 0, "--top-k", topK, "0 (all) or more");
    check(topP > 0 && topP <= 1, "--top-p", topP, "above 0 and at most 1");
    check(minP >= 0 && minP < 1, "--min-p", minP, "from 0 and below 1");
    check(maxTokens >= 1, "--max-tokens", maxTokens, "at least 1");
    check(stop.stream().noneMatch(String::isEmpty), "--stop", "\"\"", "a text");
  }

  private static void check(boolean holds, String option, Object value, String range) {
    if (!holds) {
      throw new UserError(option + " " + value + " is out of range: it must be " + range + ".");
    }
  }
}
