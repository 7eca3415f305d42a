package dev.sponge.rl.training;

import dev.sponge.rl.UserError;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * What changes from outer step to outer step of ReMix (arXiv 2507.06892): phase, share of history,
 * passes, weight of the base anchor. Steps k count from 0; step k trains policy version k and
 * publishes version k + 1. The paper's t is k + 1, and its "t at most T" is phase 1, so steps 0 to
 * T - 1 are phase 1.
 *
 * @param history which rollouts are replayed in phase 1
 * @param passes m, sweeps over the data of one step in phase 1 (the paper's UTD ratio), at least 1
 * @param reincarnation the switch to phase 2
 * @param lambda weight of the base anchor over time
 * @param precedent which policy is the moving KL anchor
 */
public record ReMixSchedule(
    History history, int passes, Reincarnation reincarnation, Lambda lambda, Precedent precedent) {

  /** How a share of groups becomes a whole number; the paper does not say. */
  public enum Rounding {
    ROUND(RoundingMode.HALF_UP),
    FLOOR(RoundingMode.FLOOR),
    CEIL(RoundingMode.CEILING);

    private final RoundingMode mode;

    Rounding(RoundingMode mode) {
      this.mode = mode;
    }
  }

  /** The clock t of lambda(t). */
  public enum LambdaClock {
    /** t goes on counting over the reincarnation. */
    GLOBAL,
    /** t starts again at 1 with the first step of phase 2. */
    SINCE_REINCARNATION
  }

  /** Two readings of the paper's "previous policy" in the KL term. */
  public enum Precedent {
    /** pi_{k-1}: the weights at the start of the step before. */
    K_MINUS_1,
    /** pi_k: the weights at the start of this step. */
    K
  }

  /**
   * Which rollouts are replayed.
   *
   * @param share p, share of replayed groups in a step, in [0, 1]; at 1 a step that has history
   *     trains on nothing else, and what it samples serves later steps alone
   * @param versions N, how many policy versions back groups are replayed, 0 or more
   * @param rounding of p * groups
   * @param before how many versions of another run stand before version 0, as -1, -2, ...
   */
  public record History(double share, int versions, Rounding rounding, int before) {
    public History {
      require(before >= 0, "the number of versions before version 0", before, "0 or more");
      require(share >= 0 && share <= 1, "history.share", share, "between 0 and 1");
      require(versions >= 0, "history.versions", versions, "0 or more");
      if (share > 0 && versions == 0) {
        throw new UserError(
            "history.share is "
                + share
                + " but history.versions is 0: raise history.versions or set history.share to 0");
      }
    }

    /** With nothing before version 0. */
    public History(double share, int versions, Rounding rounding) {
      this(share, versions, rounding, 0);
    }

    /** The same after {@code versionsBefore} versions of another run. */
    public History after(int versionsBefore) {
      return new History(share, versions, rounding, versionsBefore);
    }

    /** How many of a step's groups are the share, in decimal: 0.1 of 30 is 3 and no more. */
    public int groups(int groupsPerStep) {
      return BigDecimal.valueOf(share)
          .multiply(BigDecimal.valueOf(groupsPerStep))
          .setScale(0, rounding.mode)
          .intValueExact();
    }

    /** Whether a step that has history trains on no rollout of its own. */
    public boolean offPolicy() {
      return share == 1;
    }

    /** ceil(groups / N): as many from each version fill a window of N to one batch. */
    public int windowPart(int groupsPerStep) {
      return (groupsPerStep + versions - 1) / versions;
    }

    /** On-policy training. */
    public static History none() {
      return new History(0, 0, Rounding.ROUND);
    }
  }

  /**
   * When the second phase begins, and how.
   *
   * @param step T, the number of steps in phase 1, at least 1; empty for no reincarnation
   * @param passesAfter m in phase 2, at least 1
   * @param resetPrecedent whether the first step of phase 2 takes pi_T instead of pi_{T-1} as
   *     precedent
   */
  public record Reincarnation(OptionalInt step, int passesAfter, boolean resetPrecedent) {
    public Reincarnation {
      step.ifPresent(
          t -> require(t >= 1, "reincarnation.step", t, "at least 1, or 0 for no reincarnation"));
      require(passesAfter >= 1, "reincarnation.passes_after", passesAfter, "at least 1");
    }

    /** Phase 1 without end. */
    public static Reincarnation never() {
      return new Reincarnation(OptionalInt.empty(), 1, false);
    }
  }

  /**
   * lambda(t) = max(1 - decay * ceil(max(t - start, 0) / period), floor).
   *
   * @param start last t with lambda 1, 0 or more; 50 in the paper
   * @param period steps between two decrements, at least 1; 10 in the paper
   * @param decay size of a decrement, in [0, 1]; 0.1 in the paper
   * @param floor smallest value, in [0, 1]; 0.5 in the paper
   * @param clock what t counts
   */
  public record Lambda(int start, int period, double decay, double floor, LambdaClock clock) {
    public Lambda {
      require(start >= 0, "objective.kl.lambda.start", start, "0 or more");
      require(period >= 1, "objective.kl.lambda.period", period, "at least 1");
      require(decay >= 0 && decay <= 1, "objective.kl.lambda.decay", decay, "between 0 and 1");
      require(floor >= 0 && floor <= 1, "objective.kl.lambda.floor", floor, "between 0 and 1");
    }

    /** The paper's values on the global clock. */
    public static Lambda paper() {
      return new Lambda(50, 10, 0.1, 0.5, LambdaClock.GLOBAL);
    }

    /** lambda(t). */
    public double at(int t) {
      int decrements = (Math.max(t - start, 0) + period - 1) / period;
      return Math.max(1 - decay * decrements, floor);
    }
  }

  /** Policy versions from {@code from} to {@code to}, both included; empty if from is above to. */
  public record VersionWindow(int from, int to) {
    /** How many versions it holds. */
    public int size() {
      return Math.max(to - from + 1, 0);
    }
  }

  public ReMixSchedule {
    require(passes >= 1, "training.passes", passes, "at least 1");
  }

  /** The same with another share p of the history. */
  public ReMixSchedule withShare(double share) {
    return new ReMixSchedule(
        new History(share, history.versions(), history.rounding(), history.before()),
        passes,
        reincarnation,
        lambda,
        precedent);
  }

  /** The phase of step k. */
  public Phase phase(int k) {
    checkStep(k);
    boolean before = reincarnation.step().isEmpty() || k < reincarnation.step().getAsInt();
    return before ? Phase.OFF_POLICY : Phase.ON_POLICY;
  }

  /** Whether pi_k becomes the base anchor right before step k. */
  public boolean reincarnatesAt(int k) {
    return reincarnation.step().isPresent() && reincarnation.step().getAsInt() == k;
  }

  /** m_k, the sweeps over the data of step k. */
  public int passes(int k) {
    return switch (phase(k)) {
      case OFF_POLICY -> passes;
      case ON_POLICY -> reincarnation.passesAfter();
    };
  }

  /** The weight of the base anchor in step k, lambda(t) with t from the configured clock. */
  public double lambda(int k) {
    int globalT = k + 1;
    boolean restarted =
        lambda.clock() == LambdaClock.SINCE_REINCARNATION && phase(k) == Phase.ON_POLICY;
    return lambda.at(restarted ? globalT - reincarnation.step().getAsInt() : globalT);
  }

  /**
   * The policy versions that step k may replay: [max(historyFrom, k - N), k - 1] in phase 1, none
   * in phase 2. With versions before version 0 the window reaches below 0.
   *
   * @param historyFrom first version that counts as history (0, or T after a reincarnation)
   */
  public VersionWindow historyWindow(int k, int historyFrom) {
    int first = historyFrom > 0 ? historyFrom : -history.before();
    int from = Math.max(first, k - history.versions());
    return phase(k) == Phase.OFF_POLICY
        ? new VersionWindow(from, k - 1)
        : new VersionWindow(k, k - 1);
  }

  /** p_k: the configured share, or 0 in phase 2 and while there is no history, as in step 0. */
  public double historyShare(int k, int historyFrom) {
    return historyWindow(k, historyFrom).size() > 0 ? history.share() : 0;
  }

  /**
   * How many of the groups that step k trains on are replayed.
   *
   * @param groupsPerStep groups in one step, fresh and replayed, at least 1
   * @throws UserError if rounding leaves no fresh group at a share below 1
   */
  public int replayedGroups(int k, int historyFrom, int groupsPerStep) {
    if (groupsPerStep < 1) {
      throw new IllegalArgumentException(
          "groupsPerStep is " + groupsPerStep + ", must be at least 1");
    }
    int replayed = historyWindow(k, historyFrom).size() > 0 ? history.groups(groupsPerStep) : 0;
    if (replayed == groupsPerStep && !history.offPolicy()) {
      throw new UserError(
          "history.share %s of %d groups leaves no group to sample afresh: raise rollout.prompts_per_step, lower history.share, or set it to 1 to train on history alone"
              .formatted(history.share(), groupsPerStep));
    }
    return replayed;
  }

  /** Whether the groups that pi_k samples are trained in step k itself. */
  public boolean trainsFresh(int k, int historyFrom) {
    return !(history.offPolicy() && historyWindow(k, historyFrom).size() > 0);
  }

  /**
   * How many groups pi_k samples in step k: what is not replayed, and at share 1 a part of the
   * batch that fills the window of N versions to one batch: ceil(groups / N). N = 1 is the
   * one-step-off-policy schedule of asynchronous RLHF (arXiv 2410.18252): every step trains on the
   * rollouts of pi_{k-1}, with the one difference that step 0 waits for its own rollouts, which
   * step 1 then sees again.
   *
   * @param groupsPerStep groups that one step trains on, at least 1
   */
  public int freshGroups(int k, int historyFrom, int groupsPerStep) {
    int replayed = replayedGroups(k, historyFrom, groupsPerStep);
    return trainsFresh(k, historyFrom)
        ? groupsPerStep - replayed
        : history.windowPart(groupsPerStep);
  }

  /** The version of the precedent policy of step k; in step 0 the initial policy. */
  public int precedentVersion(int k) {
    checkStep(k);
    return switch (precedent) {
      case K -> k;
      case K_MINUS_1 ->
          reincarnatesAt(k) && reincarnation.resetPrecedent() ? k : Math.max(k - 1, 0);
    };
  }

  /**
   * Spreads replayed groups evenly over the versions of the history window (uniform nu). What does
   * not divide goes to the newest versions; a version with too few groups gives all it has, and the
   * others fill up.
   *
   * @param groups how many groups to replay, 0 or more
   * @param available groups of each version, oldest first
   * @return groups to take of each version, oldest first; they add up to the smaller of {@code
   *     groups} and all that is available
   */
  public static int[] uniformAllocation(int groups, int[] available) {
    if (groups < 0 || Arrays.stream(available).anyMatch(a -> a < 0)) {
      throw new IllegalArgumentException(
          "groups=%d and available=%s must not be negative"
              .formatted(groups, Arrays.toString(available)));
    }
    int[] taken = new int[available.length];
    int left = (int) Math.min(groups, Arrays.stream(available).asLongStream().sum());
    while (left > 0) {
      for (int version = available.length - 1; version >= 0 && left > 0; version--) {
        if (taken[version] < available[version]) {
          taken[version]++;
          left--;
        }
      }
    }
    return taken;
  }

  private static void checkStep(int k) {
    if (k < 0) {
      throw new IllegalArgumentException("step is " + k + ", must be 0 or more");
    }
  }

  private static void require(boolean holds, String key, Number value, String range) {
    if (!holds) {
      throw new UserError(key + " is " + value + ", must be " + range);
    }
  }
}
