package dev.sponge.rl.advantage;

import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.util.Arrays;

/**
 * How the rewards of one group become advantages; each one holds for all tokens of its response.
 */
public enum AdvantageEstimator {
  /** (R - mean) / (sample std + epsilon), arXiv 2402.03300, with verl's Bessel correction. */
  GRPO,
  /** R - mean, arXiv 2503.20783. */
  DR_GRPO,
  /** R - mean of the other G - 1 rewards, arXiv 2402.14740. */
  RLOO;

  /**
   * The advantages of one whole group. They depend on every member: a group that is split and
   * normalised again gets others, so a replayed group keeps the stored ones.
   *
   * @param groupRewards (G), finite, G at least 2
   * @return (G), adding up to 0 up to rounding; exactly 0 if all rewards are equal
   * @throws UserError if G is below 2
   * @throws SpongeException if a reward is not finite
   */
  public double[] advantages(double[] groupRewards, AdvantageSettings settings) {
    check(groupRewards);
    int groupSize = groupRewards.length;
    if (Arrays.stream(groupRewards).allMatch(r -> r == groupRewards[0])) {
      return new double[groupSize]; // r - mean may differ from 0 in the last bit
    }
    double mean = Arrays.stream(groupRewards).sum() / groupSize;
    double scale =
        switch (this) {
          case GRPO -> 1 / (sampleStd(groupRewards, mean) + settings.stdEpsilon());
          case DR_GRPO -> 1;
          case RLOO -> groupSize / (groupSize - 1.0);
        };
    return Arrays.stream(groupRewards).map(r -> (r - mean) * scale).toArray();
  }

  private static double sampleStd(double[] rewards, double mean) {
    double squares = Arrays.stream(rewards).map(r -> (r - mean) * (r - mean)).sum();
    return Math.sqrt(squares / (rewards.length - 1));
  }

  private void check(double[] rewards) {
    if (rewards.length < 2) {
      throw new UserError(
          "%s compares the completions of one prompt and needs at least 2, but the group has %d; raise rollout.group_size"
              .formatted(name(), rewards.length));
    }
    for (int i = 0; i < rewards.length; i++) {
      if (!Double.isFinite(rewards[i])) {
        throw new SpongeException(
            "Reward %d of the group is %s; a group whose verification is pending or failed must leave the step whole"
                .formatted(i, rewards[i]));
      }
    }
  }
}
