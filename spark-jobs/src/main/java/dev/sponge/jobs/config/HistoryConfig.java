package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;
import dev.sponge.rl.batch.AutoShare;
import dev.sponge.rl.batch.ReplaySelector;
import dev.sponge.rl.training.ReMixSchedule;
import dev.sponge.rl.training.ReMixSchedule.Rounding;
import java.util.Optional;

/**
 * Section {@code history}: which past rollouts a step of phase 1 replays (paper section on
 * Mix-PPG).
 */
public record HistoryConfig(
    HistoryShare share,
    int versions,
    Allocation allocation,
    Rounding rounding,
    BehaviourLogProbs mu,
    boolean allowTruncated,
    Selection selection,
    DifficultyConfig difficulty,
    Selector selector,
    PriorityConfig priority,
    EligibilityConfig eligible,
    int tokenBudget,
    int maxUses,
    int maxLag,
    AutoShareConfig auto) {

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

  /** Which groups of the window are replayed. */
  public enum Selector {
    /** As {@link Allocation} says, in each version by chance. */
    UNIFORM,
    /** The newest version first. */
    NEWEST,
    /** The largest effective sample size under pi_k first. */
    ESS,
    /** The highest score of {@link PriorityConfig} first. */
    PRIORITY
  }

  /** Whose log-probs stand for the behaviour policy. */
  public enum BehaviourLogProbs {
    /** The trainer scores the fresh tokens again with the policy that sampled them. */
    TRAINER,
    /** The log-probs that the sampler stored. */
    SAMPLER
  }

  public HistoryConfig {
    Check.range("history.versions", versions, 0, 10_000);
    Check.range("history.token_budget", tokenBudget, 0, Integer.MAX_VALUE);
    Check.range("history.max_uses", maxUses, 0, 1_000_000);
    Check.range("history.max_lag", maxLag, 0, 10_000);
    if (largest(share, auto) > 0 && versions == 0) {
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
    if (maxLag > versions) {
      throw new UserError(
          "history.max_lag = "
              + maxLag
              + " exceeds history.versions = "
              + versions
              + ": no version of that lag is in the window; raise history.versions or lower"
              + " history.max_lag (0 for all versions of the window).");
    }
  }

  /** The largest p of a step. */
  public double largestShare() {
    return largest(share, auto);
  }

  private static double largest(HistoryShare share, AutoShareConfig auto) {
    return share instanceof HistoryShare.Fixed fixed ? fixed.value() : auto.maxShare();
  }

  /** The rule of {@code history.share = auto}; empty for a number. */
  public Optional<AutoShare> autoShare() {
    return share instanceof HistoryShare.Auto ? Optional.of(auto.rule()) : Optional.empty();
  }

  /** Groups replayed in a step of phase 1 that has history, at most. */
  public int replayedGroups(int promptsPerStep) {
    return schedule().groups(promptsPerStep);
  }

  /** The same in the terms of the schedule, with {@link #largestShare} for p. */
  public ReMixSchedule.History schedule() {
    return new ReMixSchedule.History(largestShare(), versions, rounding);
  }

  /** Whether phase 1 has a history at all. */
  public boolean replays() {
    return largestShare() > 0 || selection == Selection.DIFFICULTY;
  }

  /** What puts the groups of the window in order, in the terms of core-rl. */
  public ReplaySelector replaySelector() {
    return switch (selector) {
      case UNIFORM -> new ReplaySelector.Uniform();
      case NEWEST -> new ReplaySelector.Newest();
      case ESS -> new ReplaySelector.EffectiveSamples();
      case PRIORITY -> priority.selector();
    };
  }

  /** Whether all groups that may be replayed are scored with pi_k before some are chosen. */
  public boolean scoresCandidates() {
    return selector == Selector.ESS || eligible.used();
  }

  /** The largest lag that may be replayed. */
  public int largestLag() {
    return maxLag > 0 ? maxLag : versions;
  }

  /** The same without replay, and without what only replay needs. */
  HistoryConfig withoutReplay() {
    return new HistoryConfig(
        new HistoryShare.Fixed(0),
        versions,
        allocation,
        rounding,
        mu,
        allowTruncated,
        selection,
        difficulty,
        Selector.UNIFORM,
        priority,
        EligibilityConfig.off(),
        0,
        0,
        0,
        auto);
  }
}
