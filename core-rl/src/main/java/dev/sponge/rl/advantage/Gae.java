package dev.sponge.rl.advantage;

import java.util.Arrays;

/**
 * Generalised advantage estimation (arXiv 1506.02438, section 3): A_t is the sum of (gamma
 * lambda)^l delta_{t+l} with delta_t = r_t + gamma V_{t+1} - V_t; the value after the last token is
 * 0.
 *
 * @param gamma discount per token, from 0 to 1
 * @param lambda from 0, the temporal difference error alone, to 1, rewards to go minus value
 */
public record Gae(double gamma, double lambda) {
  public Gae {
    Checks.setting(gamma >= 0 && gamma <= 1, "advantage.gamma", gamma, "between 0 and 1");
    Checks.setting(lambda >= 0 && lambda <= 1, "advantage.lambda", lambda, "between 0 and 1");
  }

  /**
   * Advantages and returns A + V of one response.
   *
   * @param rewards (C) of its tokens
   * @param values (C) of the states before its tokens; for a replayed response those of the current
   *     critic
   */
  public TokenAdvantages estimate(double[] rewards, double[] values) {
    double[] onPolicy = new double[rewards.length];
    Arrays.fill(onPolicy, 1);
    return weighted(rewards, values, onPolicy);
  }

  /**
   * A_t = delta_t + gamma lambda w_{t+1} A_{t+1} and the value target V_t + w_t A_t.
   *
   * @param weights (C) what each token's action counts, 1 on-policy
   */
  TokenAdvantages weighted(double[] rewards, double[] values, double[] weights) {
    Checks.sameLength("values", values.length, "rewards", rewards.length);
    Checks.finite("reward", rewards);
    Checks.finite("value", values);
    double[] advantages = new double[rewards.length];
    double[] returns = new double[rewards.length];
    double nextValue = 0;
    double nextTrace = 0; // w_{t+1} A_{t+1}
    for (int t = rewards.length - 1; t >= 0; t--) {
      double delta = rewards[t] + gamma * nextValue - values[t];
      advantages[t] = delta + gamma * lambda * nextTrace;
      nextTrace = weights[t] * advantages[t];
      returns[t] = values[t] + nextTrace;
      nextValue = values[t];
    }
    return new TokenAdvantages(advantages, returns);
  }
}
