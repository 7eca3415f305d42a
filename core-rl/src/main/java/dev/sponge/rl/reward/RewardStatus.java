package dev.sponge.rl.reward;

/** Whether a reward exists. A verifier that hangs or fails never turns into a reward of 0. */
public enum RewardStatus {
  /** The response was judged; the reward counts. */
  SCORED,
  /** Not judged yet. */
  PENDING,
  /** The verifier could not judge. */
  FAILED
}
