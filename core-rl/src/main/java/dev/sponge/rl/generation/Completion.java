package dev.sponge.rl.generation;

import java.util.Arrays;
import java.util.Optional;

/**
 * What was sampled behind one prompt.
 *
 * @param ids (C) sampled tokens, the sampled end token included
 * @param logprobs (C) log-prob of every token under the distribution it was sampled from, in nats
 * @param keptLogmass (C) log of the mass that truncation kept, where there was truncation: added to
 *     the log-prob it gives the one without truncation
 * @param finishReason why it ended
 */
public record Completion(
    int[] ids, float[] logprobs, Optional<float[]> keptLogmass, FinishReason finishReason) {

  /**
   * (C) 1 for every token that was sampled: all of them, as prompts and padding are not part of a
   * completion.
   */
  public float[] mask() {
    float[] mask = new float[ids.length];
    Arrays.fill(mask, 1f);
    return mask;
  }
}
