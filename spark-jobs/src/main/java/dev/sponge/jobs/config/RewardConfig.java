package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;
import java.util.List;

/**
 * Section {@code reward}: the verifier, and the phrases that count as self-reflection (a metric,
 * never a reward).
 */
public record RewardConfig(
    Verifier verifier,
    double formatWeight,
    int overlongBuffer,
    double overlongWeight,
    List<String> reflectionKeywords) {

  /** The verifiers that exist. */
  public enum Verifier {
    BOXED_INTEGER,
    FINAL_INTEGER
  }

  public RewardConfig {
    Check.range("reward.format_weight", formatWeight, 0, 10);
    Check.range("reward.overlong_buffer", overlongBuffer, 0, 1_048_576);
    Check.above("reward.overlong_weight", overlongWeight, 0, 1e6);
    if (formatWeight > 0 && verifier == Verifier.BOXED_INTEGER) {
      throw new UserError(
          "reward.format_weight = "
              + formatWeight
              + " has no meaning with reward.verifier = boxed-integer, which demands the format; set"
              + " reward.verifier = final-integer or reward.format_weight = 0.");
    }
    if (reflectionKeywords.stream().anyMatch(String::isBlank)) {
      throw new UserError(
          "reward.reflection_keywords holds an empty phrase, which every response would contain;"
              + " remove it.");
    }
    reflectionKeywords = List.copyOf(reflectionKeywords);
  }
}
