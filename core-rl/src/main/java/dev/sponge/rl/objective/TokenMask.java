package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;

/**
 * Selects completion tokens. A product with the mask would keep NaN (0 * NaN = NaN), in the value
 * and in the gradient; a selection keeps neither.
 */
final class TokenMask {
  private final NDArray selected; // (B, C) boolean
  private final NDArray zeros; // (B, C)

  /**
   * Reads a mask.
   *
   * @param mask (B, C), 1 for completion tokens, else 0
   */
  TokenMask(NDArray mask) {
    this.selected = mask.toType(DataType.BOOLEAN, true);
    this.zeros = mask.zerosLike();
  }

  /** (B, C): the values where the mask is 1, else 0; no gradient enters a masked position. */
  NDArray keep(NDArray values) {
    return NDArrays.where(selected, values, zeros);
  }
}
