package dev.sponge.rl.objective;

/**
 * The KL penalty as part of the reward (arXiv 2402.14740; REINFORCE++, arXiv 2501.03262). The
 * policy gradient of a reward of -beta * k1 is that of -beta * KL(pi || ref) of the whole sequence;
 * with k3 in k1's place it would be that of -beta * (KL(pi || ref) - KL(ref || pi)). Not to be
 * combined with a KL term in the loss.
 */
public final class KlInReward {
  private KlInReward() {}

  /**
   * -beta * (log pi - log ref) per token, to be added to the rewards before advantages are formed.
   *
   * @param logp (C) log-probs of one completion under the policy that sampled it
   * @param logpReference (C) under the reference
   * @param beta weight of the penalty, 0 or more
   */
  public static double[] tokenRewards(double[] logp, double[] logpReference, double beta) {
    if (logp.length != logpReference.length) {
      throw new IllegalArgumentException(
          "%d log-probs and %d of the reference".formatted(logp.length, logpReference.length));
    }
    Settings.require(beta >= 0, "objective.kl_in_reward", beta, "0 or more");
    double[] rewards = new double[logp.length];
    for (int t = 0; t < rewards.length; t++) {
      rewards[t] = -beta * (logp[t] - logpReference[t]);
    }
    return rewards;
  }

  /** The sum of {@link #tokenRewards}: the penalty of methods with one reward per sequence. */
  public static double sequenceReward(double[] logp, double[] logpReference, double beta) {
    double sum = 0;
    for (double reward : tokenRewards(logp, logpReference, beta)) {
      sum += reward;
    }
    return sum;
  }
}
