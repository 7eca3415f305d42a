package dev.sponge.rl.generation;

import dev.sponge.rl.UserError;

/**
 * How tokens are drawn.
 *
 * @param temperature divides the logits; 0 is greedy
 * @param maxNewTokens C at most; a completion that reaches it without an end token is truncated
 */
public record SamplingConfig(double temperature, int maxNewTokens) {
  public SamplingConfig {
    if (!(temperature >= 0) || Double.isInfinite(temperature)) {
      throw new UserError(
          "temperature is " + temperature + "; it must be 0 (greedy) or a positive number");
    }
    if (maxNewTokens < 1) {
      throw new UserError("max_new_tokens is " + maxNewTokens + "; it must be at least 1");
    }
  }

  public static SamplingConfig greedy(int maxNewTokens) {
    return new SamplingConfig(0, maxNewTokens);
  }
}
