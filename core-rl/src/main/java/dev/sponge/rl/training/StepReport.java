package dev.sponge.rl.training;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one outer step did.
 *
 * @param metrics by name, verl's where it has one
 * @param rollouts one entry a pass and rollout, in the order of passes and of the data
 * @param tokens response tokens trained on, over all passes
 */
public record StepReport(
    SortedMap<String, Double> metrics, List<RolloutReport> rollouts, long tokens) {

  /** The same with further metrics. */
  public StepReport with(Map<String, Double> more) {
    SortedMap<String, Double> all = new TreeMap<>(metrics);
    all.putAll(more);
    return new StepReport(all, rollouts, tokens);
  }

  /**
   * How one rollout moved in one pass; means over its tokens.
   *
   * @param advantage mean over the tokens
   * @param meanRatio pi_theta/mu
   * @param clipFraction share of tokens whose gradient the clip zeroed
   * @param klBase estimate of KL(pi_theta || base)
   * @param klPrecedent estimate of KL(pi_theta || precedent)
   * @param loss policy loss
   */
  public record RolloutReport(
      int pass,
      String rolloutId,
      int lag,
      double advantage,
      double meanRatio,
      double clipFraction,
      double klBase,
      double klPrecedent,
      double loss) {}
}
