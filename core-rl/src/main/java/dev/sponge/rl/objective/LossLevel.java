package dev.sponge.rl.objective;

/** What a policy loss is a sum over; the aggregation must fit it. */
public enum LossLevel {
  /** Every token has a term of its own: any aggregation has a meaning. */
  TOKEN,
  /**
   * Every sequence has one term; its tokens carry it so that {@link
   * LossAggregation#SEQ_MEAN_TOKEN_MEAN} is the mean over sequences, unless the loss says
   * otherwise.
   */
  SEQUENCE,
  /**
   * Rows 2i and 2i+1 share one term, which every token of both carries: {@link
   * LossAggregation#SEQ_MEAN_TOKEN_MEAN} is the mean over pairs. A micro-batch must hold whole
   * pairs.
   */
  PAIR
}
