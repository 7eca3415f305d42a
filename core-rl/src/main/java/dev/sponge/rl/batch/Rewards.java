package dev.sponge.rl.batch;

import dev.sponge.rl.SpongeException;

/** Checks of the rewards of a group. */
final class Rewards {
  private Rewards() {}

  /** Refuses NaN, which differs from itself and would pass for a difference within the group. */
  static void checkFinite(double[] rewards) {
    for (int i = 0; i < rewards.length; i++) {
      if (!Double.isFinite(rewards[i])) {
        throw new SpongeException(
            "Reward %d of the group is %s; a group whose verification is pending or failed must leave the step whole"
                .formatted(i, rewards[i]));
      }
    }
  }
}
