package dev.sponge.rl.generation;

import java.util.Arrays;

/**
 * What was sampled behind one prompt.
 *
 * @param ids (C) sampled tokens, the sampled end token included
 * @param logprobs (C) log-prob of every token under the distribution it was sampled from, in nats
 * @param finishReason why it ended
 */
public record Completion(int[] ids, float[] logprobs, FinishReason finishReason) {

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
