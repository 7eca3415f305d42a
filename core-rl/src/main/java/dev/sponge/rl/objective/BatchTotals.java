package dev.sponge.rl.objective;

/**
 * The denominators of a whole minibatch. Every micro-batch is divided by the same totals, so that
 * the accumulated gradient does not depend on how the minibatch was cut.
 *
 * @param tokens completion tokens with mask 1 in the whole minibatch, at least 1
 * @param sequences sequences in the whole minibatch, at least 1
 * @param lengthNorm the constant length of {@link LossAggregation#SEQ_MEAN_TOKEN_SUM_NORM}, in
 *     tokens, at least 1
 */
public record BatchTotals(long tokens, long sequences, long lengthNorm) {
  public BatchTotals {
    if (tokens < 1 || sequences < 1 || lengthNorm < 1) {
      throw new IllegalArgumentException(
          "tokens=%d, sequences=%d and lengthNorm=%d must all be at least 1"
              .formatted(tokens, sequences, lengthNorm));
    }
  }
}
