package dev.sponge.rl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.List;

/**
 * Sequences of unequal length as arrays, padded on the right. B batch, T longest prompt plus
 * response, C longest response.
 *
 * @param ids (B, T) int64
 * @param at (B, C) int64, flat index b*T+t of the position that predicts each response token
 * @param targets (B, C) int64, the response tokens
 * @param temperature (B, C) float32
 * @param mask (B, C) float32, 1 on response tokens and 0 on padding
 */
public record TokenBatch(
    NDArray ids, NDArray at, NDArray targets, NDArray temperature, NDArray mask) {

  /**
   * @param manager owner of the arrays
   * @param sequences B of them, at least one
   */
  public static TokenBatch of(NDManager manager, List<? extends TokenSequence> sequences) {
    int b = sequences.size();
    int t = 1;
    int c = 1;
    for (TokenSequence sequence : sequences) {
      int response = sequence.responseIds().length;
      t = Math.max(t, sequence.promptIds().length + response);
      c = Math.max(c, response);
    }
    LongBuffer ids = LongBuffer.allocate(b * t);
    LongBuffer at = LongBuffer.allocate(b * c);
    LongBuffer targets = LongBuffer.allocate(b * c);
    FloatBuffer temperature = FloatBuffer.allocate(b * c);
    FloatBuffer mask = FloatBuffer.allocate(b * c);
    for (int row = 0; row < b; row++) {
      TokenSequence sequence = sequences.get(row);
      int[] prompt = sequence.promptIds();
      int[] response = sequence.responseIds();
      for (int i = 0; i < t; i++) {
        int j = i - prompt.length;
        ids.put(i < prompt.length ? prompt[i] : j < response.length ? response[j] : 0);
      }
      for (int i = 0; i < c; i++) {
        boolean real = i < response.length;
        at.put(real ? (long) row * t + prompt.length + i - 1 : 0);
        targets.put(real ? response[i] : 0);
        temperature.put((float) sequence.temperature());
        mask.put(real ? 1f : 0f);
      }
    }
    return new TokenBatch(
        manager.create(ids.flip(), new Shape(b, t)),
        manager.create(at.flip(), new Shape(b, c)),
        manager.create(targets.flip(), new Shape(b, c)),
        manager.create(temperature.flip(), new Shape(b, c)),
        manager.create(mask.flip(), new Shape(b, c)));
  }
}
