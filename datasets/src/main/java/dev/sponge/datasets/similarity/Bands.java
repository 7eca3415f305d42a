package dev.sponge.datasets.similarity;

import dev.sponge.rl.UserError;
import java.io.Serializable;

/**
 * How MinHash values are grouped: two prompts are candidates if all values of one band agree. At
 * Jaccard similarity s a value agrees with probability s, so a pair is missed with probability
 * {@code (1 - s^rows)^bands} (Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, 3.4.2).
 */
record Bands(int bands, int rows) implements Serializable {
  /** Bounds the cost of a prompt. */
  private static final int MOST_VALUES = 192;

  /** Probability that a pair exactly at the threshold is missed. */
  private static final double MISSED = 1e-4;

  private static final double LOWEST = 0.3;

  /** The longest bands, thus the fewest candidates, that miss no more than they may. */
  static Bands of(double threshold) {
    if (!(threshold >= LOWEST && threshold <= 1)) {
      throw new UserError(
          "threshold = %s: give a Jaccard similarity from %s to 1".formatted(threshold, LOWEST));
    }
    Bands best = null;
    for (int rows = 1; rows <= MOST_VALUES; rows++) {
      double agree = Math.pow(threshold, rows);
      double bands = agree < 1 ? Math.ceil(Math.log(MISSED) / Math.log1p(-agree)) : 1;
      if (bands * rows <= MOST_VALUES) {
        best = new Bands((int) bands, rows);
      }
    }
    return best;
  }

  /** MinHash values of a prompt. */
  int values() {
    return bands * rows;
  }

  /** The keys of a prompt's bands. Bands that agree have one key; others hardly ever. */
  long[] keys(double[] values) {
    long[] keys = new long[bands];
    for (int band = 0; band < bands; band++) {
      long key = band;
      for (int row = 0; row < rows; row++) {
        key = mix(key ^ (long) values[band * rows + row]);
      }
      keys[band] = key;
    }
    return keys;
  }

  /** A bijection of 64 bits: the finaliser of SplittableRandom. */
  private static long mix(long value) {
    long z = value + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
