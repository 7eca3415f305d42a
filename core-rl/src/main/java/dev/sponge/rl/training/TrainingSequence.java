package dev.sponge.rl.training;

import dev.sponge.rl.model.TokenSequence;

/**
 * One rollout as the trainer reads it. All log-prob arrays have the length C of the response.
 *
 * @param rolloutId names it in errors and reports
 * @param lag k minus the version of the behaviour policy
 * @param promptIds (P)
 * @param responseIds (C), the sampled end token included
 * @param temperature of the sampler
 * @param advantage of every token of the response
 * @param anchors the log-probs that stay fixed over the passes of the step
 */
public record TrainingSequence(
    String rolloutId,
    int lag,
    int[] promptIds,
    int[] responseIds,
    double temperature,
    double advantage,
    Anchors anchors)
    implements TokenSequence {

  /**
   * @param mu (C) log-probs under the behaviour policy
   * @param current (C) log pi_k
   * @param base (C) under the base policy
   * @param precedent (C) under the precedent policy
   */
  public record Anchors(float[] mu, float[] current, float[] base, float[] precedent) {}
}
