package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;

/** How token losses become one number; the names are verl's {@code loss_agg_mode}. */
public enum LossAggregation {
  /** Sum over all tokens / tokens of the minibatch: every token weighs the same (DAPO). */
  TOKEN_MEAN,
  /**
   * Mean over sequences of each sequence's token mean (GRPO): long answers weigh less per token.
   */
  SEQ_MEAN_TOKEN_MEAN,
  /** Mean over sequences of each sequence's token sum. */
  SEQ_MEAN_TOKEN_SUM,
  /** Mean over sequences of each sequence's token sum / constant length (Dr. GRPO). */
  SEQ_MEAN_TOKEN_SUM_NORM;

  private static final int[] TOKEN_AXIS = {1};

  /**
   * The share of one micro-batch in the minibatch's value; the shares of all micro-batches add up
   * to it.
   *
   * @param values (B, C) token values, anything where the mask is 0
   * @param mask (B, C) float, 1 for completion tokens, else 0
   * @param totals denominators of the whole minibatch
   * @return scalar, with the gradient of {@code values}
   */
  public NDArray aggregate(NDArray values, NDArray mask, BatchTotals totals) {
    NDArray kept = new TokenMask(mask).keep(values); // (B, C)
    return switch (this) {
      case TOKEN_MEAN -> Constants.over(kept.sum(), totals.tokens());
      case SEQ_MEAN_TOKEN_MEAN -> {
        NDArray lengths = mask.sum(TOKEN_AXIS).maximum(1); // (B); an all-masked row counts as 0
        yield Constants.over(kept.sum(TOKEN_AXIS).div(lengths).sum(), totals.sequences());
      }
      case SEQ_MEAN_TOKEN_SUM -> Constants.over(kept.sum(), totals.sequences());
      // A whole number: dividing a scalar array by a double would make it float64.
      case SEQ_MEAN_TOKEN_SUM_NORM ->
          Constants.over(kept.sum(), Math.multiplyExact(totals.sequences(), totals.lengthNorm()));
    };
  }
}
