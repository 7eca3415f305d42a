package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;
import java.util.List;

/**
 * Section {@code reward}: the verifier, and the phrases that count as self-reflection (a metric,
 * never a reward).
 */
public record RewardConfig(Verifier verifier, List<String> reflectionKeywords) {

  /** The verifiers that exist. */
  public enum Verifier {
    BOXED_INTEGER
  }

  public RewardConfig {
    if (reflectionKeywords.stream().anyMatch(String::isBlank)) {
      throw new UserError(
          "reward.reflection_keywords holds an empty phrase, which every response would contain;"
              + " remove it.");
    }
    reflectionKeywords = List.copyOf(reflectionKeywords);
  }
}
