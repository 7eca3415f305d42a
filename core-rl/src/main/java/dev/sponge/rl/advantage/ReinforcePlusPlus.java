package dev.sponge.rl.advantage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * REINFORCE++ (arXiv 2501.03262): advantages normalised over the batch instead of over each group.
 */
public final class ReinforcePlusPlus {
  private ReinforcePlusPlus() {}

  /**
   * A_t = R - beta sum over s from t of k1_s, whitened over the batch.
   *
   * @param tokenRewards one row per response, from {@link TokenRewards#withKlPenalty}
   * @return the advantages of the same tokens
   */
  public static double[][] advantages(double[][] tokenRewards) {
    return BatchWhitening.whiten(
        Arrays.stream(tokenRewards).map(TokenRewards::toGo).toArray(double[][]::new));
  }

  /**
   * The variant with baseline: R - mean of its group on every token, whitened over the batch. Its
   * KL term is a loss of its own (k2), not part of the reward.
   *
   * @param rewards (B) of whole responses
   * @param groups (B) the group of each response; every group has at least 2
   * @param lengths (B) tokens of each response, which weigh it in the whitening
   * @return one row per response, the same number for all its tokens
   */
  public static double[][] withGroupBaseline(double[] rewards, int[] groups, int[] lengths) {
    Checks.sameLength("groups", groups.length, "rewards", rewards.length);
    Checks.sameLength("lengths", lengths.length, "rewards", rewards.length);
    Map<Integer, List<Integer>> members = new TreeMap<>();
    for (int i = 0; i < groups.length; i++) {
      members.computeIfAbsent(groups[i], g -> new ArrayList<>()).add(i);
    }
    double[][] rows = new double[rewards.length][];
    for (List<Integer> group : members.values()) {
      double[] groupRewards = group.stream().mapToDouble(i -> rewards[i]).toArray();
      double[] centred =
          AdvantageEstimator.DR_GRPO.advantages(groupRewards, AdvantageSettings.defaults());
      for (int j = 0; j < centred.length; j++) {
        int i = group.get(j);
        rows[i] = new double[lengths[i]];
        Arrays.fill(rows[i], centred[j]);
      }
    }
    return BatchWhitening.whiten(rows);
  }
}
