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
    boolean allowTruncated,
    Selection selection,
    DifficultyConfig difficulty) {

  /** What decides which groups train. */
  public enum Selection {
    /** All fresh groups and a share of the window. */
    WINDOW,
    /** Accuracy of the groups ("Buffer Matters", arXiv 2602.20722). */
    DIFFICULTY
  }

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
    if (selection == Selection.DIFFICULTY && versions == 0) {
      throw new UserError(
          "history.selection = difficulty contradicts history.versions = 0: it replays groups of"
              + " past versions; set history.versions to 1 or more.");
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

  /** Whether phase 1 has a history at all. */
  public boolean replays() {
    return share > 0 || selection == Selection.DIFFICULTY;
  }

  HistoryConfig withShare(double newShare) {
    return new HistoryConfig(
        newShare, versions, allocation, rounding, mu, allowTruncated, selection, difficulty);
  }
}
