package dev.sponge.rl.advantage;

import java.util.Arrays;

/** Spreads what a response earned over its C tokens. */
public final class TokenRewards {
  private TokenRewards() {}

  /**
   * The reward at the last token, 0 before it. A response that ran into the length limit gets the
   * same: nothing is estimated beyond its last token.
   *
   * @param reward of the whole response, finite
   * @param tokens C, at least 1
   * @return (C)
   */
  public static double[] terminal(double reward, int tokens) {
    if (tokens < 1) {
      throw new IllegalArgumentException("a response without tokens cannot carry a reward");
    }
    Checks.finite("reward", new double[] {reward});
    double[] rewards = new double[tokens];
    rewards[tokens - 1] = reward;
    return rewards;
  }

  /**
   * The terminal reward minus beta k1 at every token (arXiv 1909.08593; 2501.03262). A penalty in
   * the reward is for k1 alone: its advantages give the gradient of the sequence's KL(pi || ref),
   * those of k3 do not (arXiv 2510.01555).
   *
   * @param reward of the whole response, finite
   * @param k1 (C), log pi - log ref of each sampled token, detached, in nats
   * @param beta weight of the penalty, 0 or more
   * @return (C)
   */
  public static double[] withKlPenalty(double reward, double[] k1, double beta) {
    Checks.setting(beta >= 0, "advantage.kl_coefficient", beta, "a finite number of 0 or more");
    Checks.finite("k1", k1);
    double[] rewards = terminal(reward, k1.length);
    for (int t = 0; t < k1.length; t++) {
      rewards[t] -= beta * k1[t];
    }
    return rewards;
  }

  /**
   * The undiscounted sum of the rewards from each token on.
   *
   * @param rewards (C)
   * @return (C)
   */
  public static double[] toGo(double[] rewards) {
    double[] sums = Arrays.copyOf(rewards, rewards.length);
    for (int t = sums.length - 2; t >= 0; t--) {
      sums[t] += sums[t + 1];
    }
    return sums;
  }
}
