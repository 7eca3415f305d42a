package dev.sponge.rl.advantage;

import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * How the rewards of one group become advantages; each one holds for all tokens of its response.
 */
public enum AdvantageEstimator {
  /** (R - mean) / (std + epsilon), arXiv 2402.03300, section 4.1.2. */
  GRPO,
  /** R - mean, arXiv 2503.20783, section 3.2. */
  DR_GRPO,
  /** R - mean of the other G - 1 rewards, arXiv 2402.14740. */
  RLOO,
  /**
   * R - (mean + delta V), arXiv 2506.20520. Equal rewards give -delta V, not 0; a group of 1 has
   * the baseline 0.
   */
  ASYMRE,
  /** R - constant, for objectives that weigh positive and negative answers apart, such as TOPR. */
  REWARD;

  /** Whether the baseline needs other members of the group, so that G must be at least 2. */
  public boolean needsGroup() {
    return switch (this) {
      case GRPO, DR_GRPO, RLOO -> true;
      case ASYMRE, REWARD -> false;
    };
  }

  /**
   * The advantages of one whole group. Except for REWARD they depend on every member: a group that
   * is split and normalised again gets others, so a replayed group keeps the stored ones.
   *
   * @param groupRewards (G), finite, G at least 2 if {@link #needsGroup()}, else 1
   * @return (G); of the estimators that need a group they add up to 0 up to rounding and are
   *     exactly 0 if all rewards are equal
   * @throws UserError if the group is too small
   * @throws SpongeException if a reward is not finite
   */
  public double[] advantages(double[] groupRewards, AdvantageSettings settings) {
    check(groupRewards);
    double mean = mean(groupRewards);
    double groupSize = groupRewards.length;
    DoubleUnaryOperator advantage =
        switch (this) {
          case GRPO -> {
            double scale = settings.groupStd().of(groupRewards, mean) + settings.stdEpsilon();
            yield r -> (r - mean) / scale;
          }
          case DR_GRPO -> r -> r - mean;
          case RLOO -> r -> (r - mean) * (groupSize / (groupSize - 1));
          case ASYMRE -> {
            double offset = settings.valueOffset();
            yield groupSize == 1 ? r -> r : r -> r - mean - offset;
          }
          case REWARD -> r -> r - settings.baseline();
        };
    return Arrays.stream(groupRewards).map(advantage).toArray();
  }

  /** The mean, exactly: the sum of equal numbers over G may differ from them in the last bit. */
  private static double mean(double[] rewards) {
    boolean equal = Arrays.stream(rewards).allMatch(r -> r == rewards[0]);
    return equal ? rewards[0] : Arrays.stream(rewards).sum() / rewards.length;
  }

  private void check(double[] rewards) {
    int least = needsGroup() ? 2 : 1;
    if (rewards.length < least) {
      throw new UserError(
          "%s compares the completions of one prompt and needs at least %d, but the group has %d; raise rollout.group_size"
              .formatted(name(), least, rewards.length));
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
