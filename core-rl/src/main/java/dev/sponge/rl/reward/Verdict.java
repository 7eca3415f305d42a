package dev.sponge.rl.reward;

import java.util.Objects;

/**
 * What a verifier says about one response.
 *
 * @param status whether the reward counts
 * @param reward finite if scored, else NaN
 * @param correct whether the answer equals the gold answer, whatever the format
 * @param formatOk whether the response has the required form
 * @param detail why, in a few words for the rewards table
 */
public record Verdict(
    RewardStatus status, double reward, boolean correct, boolean formatOk, String detail) {
  public Verdict {
    Objects.requireNonNull(detail, "detail");
    if ((status == RewardStatus.SCORED) != Double.isFinite(reward)) {
      throw new IllegalArgumentException(
          "status " + status + " does not go with reward " + reward + ": only SCORED has one");
    }
  }

  /** A judged response. */
  public static Verdict scored(double reward, boolean correct, boolean formatOk, String detail) {
    return new Verdict(RewardStatus.SCORED, reward, correct, formatOk, detail);
  }

  /** The verifier could not judge, for the reason in {@code detail}. */
  public static Verdict failed(String detail) {
    return new Verdict(RewardStatus.FAILED, Double.NaN, false, false, detail);
  }
}
