package dev.sponge.rl.advantage;

import dev.sponge.rl.SpongeException;
import java.util.Arrays;

/**
 * Gives the tokens of a whole batch mean 0 and variance 1, verl's {@code masked_whiten}: (A - mean)
 * / sqrt(var + 1e-8) with the variance over n - 1. The whole batch goes into one call: parts
 * whitened apart get other advantages.
 */
public final class BatchWhitening {
  private static final double VARIANCE_EPSILON = 1e-8;

  private BatchWhitening() {}

  /**
   * The whitened batch; equal values give exactly 0.
   *
   * @param batch one row per response with the values of its tokens, rows of any length
   * @return the same rows, whitened
   * @throws SpongeException if there are fewer than 2 tokens or a value is not finite
   */
  public static double[][] whiten(double[][] batch) {
    double[] all = Arrays.stream(batch).flatMapToDouble(Arrays::stream).toArray();
    Checks.finite("advantage", all);
    if (all.length < 2) {
      throw new SpongeException(
          "Whitening needs at least 2 tokens, the batch of %d responses has %d"
              .formatted(batch.length, all.length));
    }
    double first = all[0];
    // Shifted by the first value: equal values cancel exactly, and so do the digits they share.
    double mean = first + Arrays.stream(all).map(a -> a - first).sum() / all.length;
    double squares = Arrays.stream(all).map(a -> (a - mean) * (a - mean)).sum();
    double scale = 1 / Math.sqrt(squares / (all.length - 1) + VARIANCE_EPSILON);
    return Arrays.stream(batch)
        .map(row -> Arrays.stream(row).map(a -> (a - mean) * scale).toArray())
        .toArray(double[][]::new);
  }
}
