package dev.sponge.rl.objective;

/**
 * Asymmetric REINFORCE (arXiv 2506.20520): -(r - V) log pi_theta, without ratio and clip. The
 * advantage is r - V with V the group's mean reward plus a negative shift; without the shift the
 * method collapses on tokens of other policies. Every token carries its own log-prob: {@link
 * LossAggregation#SEQ_MEAN_TOKEN_SUM} is the paper's sum over the sequence.
 */
public record AsymReLoss() implements PolicyLoss {

  @Override
  public LossLevel level() {
    return LossLevel.SEQUENCE;
  }

  @Override
  public TokenLoss loss(PolicyBatch batch) {
    SampledTokens tokens = new SampledTokens(batch);
    return tokens.loss(tokens.logp().mul(tokens.advantages().neg()));
  }
}
