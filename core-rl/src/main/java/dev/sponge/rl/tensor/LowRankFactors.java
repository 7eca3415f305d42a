package dev.sponge.rl.tensor;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * Low-rank factors of chosen projections (LoRA, Hu et al., 2021): the effective weight is W + scale
 * B A.
 *
 * @param factors A (r, in) and B (out, r) of every adapted projection in turn, float32
 * @param segments for every adapted projection: index of its fused weight, first row there, rows
 * @param scale alpha / r
 */
public record LowRankFactors(List<NDArray> factors, long[] segments, double scale) {
  /** None at all. */
  public static final LowRankFactors NONE = new LowRankFactors(List.of(), new long[0], 0);

  public LowRankFactors {
    if (factors.size() / 2 != segments.length / 3) {
      throw new IllegalArgumentException(
          factors.size() + " factors for " + segments.length / 3 + " projections");
    }
  }
}
