package dev.sponge.rl.advantage;

import java.util.Arrays;

/**
 * GAE of a response that an older policy sampled, with truncated importance weights (GePPO, arXiv
 * 2111.00072; V-trace, arXiv 1802.01561, section 4.1):
 *
 * <p>A_t = sum over s from t of (gamma lambda)^(s-t) (product over j from t+1 to s of w_j) delta_s,
 * value target V_t + w_t A_t, with w_j = min(c_j, truncation) and c = pi_k/mu.
 *
 * <p>The own action's weight w_t is not part of A_t: the policy loss multiplies it in. On-policy, c
 * = 1 and truncation at least 1, this is {@link Gae}.
 *
 * @param gae gamma and lambda
 * @param truncation largest weight, above 0; 1 in both papers
 */
public record VTrace(Gae gae, double truncation) {
  public VTrace {
    Checks.setting(
        truncation > 0, "advantage.vtrace_truncation", truncation, "a finite number above 0");
  }

  /** Weights of at most 1. */
  public VTrace(Gae gae) {
    this(gae, 1);
  }

  /**
   * Advantages under pi_k, and value targets, of one response.
   *
   * @param rewards (C) of its tokens
   * @param values (C) of the current critic for the states before its tokens
   * @param ratios (C) c = pi_k/mu of its tokens, 0 or more
   */
  public TokenAdvantages estimate(double[] rewards, double[] values, double[] ratios) {
    Checks.sameLength("ratios", ratios.length, "rewards", rewards.length);
    double[] weights = Arrays.stream(ratios).map(c -> Math.min(c, truncation)).toArray();
    Checks.finite("ratio", weights); // an overflow to infinity is truncated, NaN is not
    return gae.weighted(rewards, values, weights);
  }
}
