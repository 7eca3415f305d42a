package dev.sponge.rl.training;

import dev.sponge.rl.model.TokenSequence;
import java.util.Arrays;

/**
 * One rollout as the trainer reads it. All arrays but the prompt have the length C of the response.
 *
 * @param rolloutId names it in errors and reports
 * @param lag k minus the version of the behaviour policy
 * @param promptIds (P)
 * @param responseIds (C), the sampled end token included
 * @param temperature of the sampler
 * @param signal what its tokens are worth
 * @param anchors the log-probs that stay fixed over the passes of the step
 */
public record TrainingSequence(
    String rolloutId,
    int lag,
    int[] promptIds,
    int[] responseIds,
    double temperature,
    Signal signal,
    Anchors anchors)
    implements TokenSequence {

  /**
   * @param advantages (C) of the tokens
   * @param weight what the policy loss of its tokens counts, 1 unless history is weighted
   */
  public record Signal(float[] advantages, double weight) {

    /** One advantage for all C tokens, weight 1. */
    public static Signal constant(double advantage, int tokens) {
      float[] advantages = new float[tokens];
      Arrays.fill(advantages, (float) advantage);
      return new Signal(advantages, 1);
    }

    /** Mean advantage of the tokens. */
    public double meanAdvantage() {
      double sum = 0;
      for (float advantage : advantages) {
        sum += advantage;
      }
      return sum / advantages.length;
    }
  }

  /**
   * @param mu (C) log-probs under the behaviour policy
   * @param current (C) log pi_k
   * @param base (C) under the base policy
   * @param precedent (C) under the precedent policy
   * @param sampler (C) as the sampler computed them
   */
  public record Anchors(
      float[] mu, float[] current, float[] base, float[] precedent, float[] sampler) {}
}
