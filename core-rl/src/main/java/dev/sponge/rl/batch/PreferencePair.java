package dev.sponge.rl.batch;

import java.util.Optional;

/**
 * The pair that online DPO learns from (arXiv 2410.18252): best and worst of a group.
 *
 * @param chosen place of the highest reward in the group
 * @param rejected place of the lowest
 */
public record PreferencePair(int chosen, int rejected) {

  /**
   * The pair of a group; of equal rewards the first counts.
   *
   * @param rewards (G), finite
   * @return empty if all rewards are equal, as nothing is preferred then
   * @throws dev.sponge.rl.SpongeException if a reward is not finite
   */
  public static Optional<PreferencePair> of(double[] rewards) {
    Rewards.checkFinite(rewards);
    int best = 0;
    int worst = 0;
    for (int i = 0; i < rewards.length; i++) {
      best = rewards[i] > rewards[best] ? i : best;
      worst = rewards[i] < rewards[worst] ? i : worst;
    }
    return best == worst ? Optional.empty() : Optional.of(new PreferencePair(best, worst));
  }
}
