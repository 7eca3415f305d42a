package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;
import dev.sponge.rl.training.ReMixSchedule;
import dev.sponge.rl.training.ReMixSchedule.Rounding;

/**
 * Section {@code history}: which past rollouts a step of phase 1 replays (paper section on
 * Mix-PPG).
 */
public record HistoryConfig(
    double share,
    int versions,
    Allocation allocation,
    Rounding rounding,
    BehaviourLogProbs mu,
    boolean allowTruncated) {

  /** How the replayed groups are drawn from the window of versions. */
  public enum Allocation {
    /** Evenly over the versions of the window. */
    UNIFORM
  }

  /** Whose log-probs stand for the behaviour policy. */
  public enum BehaviourLogProbs {
    /** The trainer scores the fresh tokens again with the policy that sampled them. */
    TRAINER,
    /** The log-probs that the sampler stored. */
    SAMPLER
  }

  public HistoryConfig {
    Check.share("history.share", share);
    Check.range("history.versions", versions, 0, 10_000);
    if (share > 0 && versions == 0) {
      throw new UserError(
          "history.share = "
              + share
              + " contradicts history.versions = 0: replay needs past"
              + " versions; set history.versions to 1 or more, or history.share to 0.");
    }
  }

  /** Groups replayed in a step of phase 1 that has history. */
  public int replayedGroups(int promptsPerStep) {
    return schedule().groups(promptsPerStep);
  }

  /** The same in the terms of the schedule. */
  public ReMixSchedule.History schedule() {
    return new ReMixSchedule.History(share, versions, rounding);
  }

  HistoryConfig withShare(double newShare) {
    return new HistoryConfig(newShare, versions, allocation, rounding, mu, allowTruncated);
  }
}
