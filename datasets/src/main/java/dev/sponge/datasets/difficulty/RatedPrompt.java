package dev.sponge.datasets.difficulty;

import java.io.Serializable;

/**
 * A prompt and how often it was answered.
 *
 * @param source data set or generator
 * @param subject as the data set names it, or empty
 * @param level difficulty as the data set or generator gives it; 0 if it gives none
 * @param rollouts scored answers, 0 or more
 * @param correct those of them that are right
 */
public record RatedPrompt(
    String id,
    String text,
    String source,
    String subject,
    double level,
    long rollouts,
    long correct)
    implements Serializable {
  public RatedPrompt {
    if (correct < 0 || correct > rollouts) {
      throw new IllegalArgumentException(
          "prompt %s: %d of %d rollouts are right".formatted(id, correct, rollouts));
    }
  }
}
