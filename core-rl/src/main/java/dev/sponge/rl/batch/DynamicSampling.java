package dev.sponge.rl.batch;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * DAPO's dynamic sampling (arXiv 2503.14476, section 3.2): groups whose rewards are all equal teach
 * a group-relative estimator nothing and leave the batch; more prompts are sampled until it is
 * full.
 *
 * @param kept groups with unequal rewards in their order, at most as many as wanted
 * @param uninformative how many of the groups looked at had equal rewards
 * @param missing groups to sample still, 0 if the batch is full
 */
public record DynamicSampling<T>(List<T> kept, int uninformative, int missing) {
  public DynamicSampling {
    kept = List.copyOf(kept);
  }

  /**
   * Fills a batch from the front of the groups; what comes after the last one needed is not looked
   * at.
   *
   * @param groups all groups sampled so far
   * @param rewards the rewards (G) of a group
   * @param wanted groups in a full batch, 0 or more
   */
  public static <T> DynamicSampling<T> fill(
      List<T> groups, Function<? super T, double[]> rewards, int wanted) {
    if (wanted < 0) {
      throw new IllegalArgumentException("wanted is " + wanted + ", must be 0 or more");
    }
    List<T> kept = new ArrayList<>();
    int uninformative = 0;
    for (T group : groups) {
      if (kept.size() == wanted) {
        break;
      }
      if (informative(rewards.apply(group))) {
        kept.add(group);
      } else {
        uninformative++;
      }
    }
    return new DynamicSampling<>(kept, uninformative, wanted - kept.size());
  }

  /**
   * Whether two rewards of a group differ; with rewards right or wrong: 0 &lt; right answers &lt;
   * G.
   *
   * @param rewards (G), finite
   * @throws dev.sponge.rl.SpongeException if a reward is not finite
   */
  public static boolean informative(double[] rewards) {
    Rewards.checkFinite(rewards);
    for (double reward : rewards) {
      if (reward != rewards[0]) {
        return true;
      }
    }
    return false;
  }
}
