package dev.sponge.rl.advantage;

/**
 * DAPO's soft punishment of overlong responses (arXiv 2503.14476, section 3.4), to be added to the
 * reward: 0 up to maxTokens - buffer, then linearly down to -weight at maxTokens and beyond.
 *
 * @param maxTokens length at which the penalty is full, above the buffer (20480 in the paper)
 * @param buffer tokens before it in which the penalty grows, at least 1 (4096 in the paper)
 * @param weight full penalty, above 0 (1 in the paper, for rewards of +-1)
 */
public record OverlongPenalty(int maxTokens, int buffer, double weight) {
  public OverlongPenalty {
    Checks.setting(buffer >= 1, "reward.overlong_buffer", buffer, "at least 1");
    Checks.setting(
        maxTokens > buffer,
        "reward.overlong_max_tokens",
        maxTokens,
        "above reward.overlong_buffer = " + buffer);
    Checks.setting(weight > 0, "reward.overlong_weight", weight, "a finite number above 0");
  }

  /**
   * The penalty.
   *
   * @param length tokens of the response, 0 or more
   * @return from -weight to 0
   */
  public double at(int length) {
    double excess = (double) length - (maxTokens - buffer);
    double share = Math.min(Math.max(excess / buffer, 0), 1);
    return share == 0 ? 0 : -share * weight; // not -0.0
  }
}
