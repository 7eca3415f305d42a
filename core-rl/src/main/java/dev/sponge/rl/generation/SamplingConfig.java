package dev.sponge.rl.generation;

import dev.sponge.rl.UserError;
import dev.sponge.rl.tensor.DecoderKernels.Truncation;

/**
 * How tokens are drawn.
 *
 * @param temperature divides the logits; 0 is greedy
 * @param maxNewTokens C at most; a completion that reaches it without an end is truncated
 * @param truncation which tokens are cut off before one is drawn, at the temperature
 */
public record SamplingConfig(double temperature, int maxNewTokens, Truncation truncation) {
  public SamplingConfig {
    if (!(temperature >= 0) || Double.isInfinite(temperature)) {
      throw new UserError(
          "temperature is " + temperature + "; it must be 0 (greedy) or a positive number");
    }
    if (maxNewTokens < 1) {
      throw new UserError("max_new_tokens is " + maxNewTokens + "; it must be at least 1");
    }
    if (truncation.topK() < 0) {
      throw new UserError("top_k is " + truncation.topK() + "; it must be 0 (all) or more");
    }
    if (!(truncation.topP() > 0 && truncation.topP() <= 1)) {
      throw new UserError("top_p is " + truncation.topP() + "; it must lie in (0, 1]");
    }
    if (!(truncation.minP() >= 0 && truncation.minP() < 1)) {
      throw new UserError("min_p is " + truncation.minP() + "; it must lie in [0, 1)");
    }
  }

  /** Without truncation. */
  public SamplingConfig(double temperature, int maxNewTokens) {
    this(temperature, maxNewTokens, Truncation.NONE);
  }

  public static SamplingConfig greedy(int maxNewTokens) {
    return new SamplingConfig(0, maxNewTokens);
  }

  /** Whether some tokens cannot be drawn. */
  public boolean truncates() {
    return temperature > 0 && !truncation.equals(Truncation.NONE);
  }
}
