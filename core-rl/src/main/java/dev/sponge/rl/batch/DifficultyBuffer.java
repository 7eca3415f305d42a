package dev.sponge.rl.batch;

import dev.sponge.rl.UserError;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * Batch composition by difficulty of "Buffer Matters" (arXiv 2602.20722, which calls itself BAPO):
 * fresh groups with mixed answers (X1), hard prompts of the buffer answered again by the current
 * policy (X2), and groups of middling accuracy replayed until the batch is full (X3).
 *
 * <p>The bounds follow the overall accuracy: what counts as hard or middling rises with the policy.
 * Where the paper leaves the choice open among more groups than fit, a seeded one is taken, which
 * does not depend on their order.
 *
 * @param batchGroups B, groups in a full batch, at least 1
 * @param windowSteps steps for which a group may be replayed, at least 1 (3 in the paper)
 * @param reroll when and which hard prompts are answered again
 * @param low c2, lowest accuracy of replayed groups
 * @param high c3, highest accuracy of replayed groups
 */
public record DifficultyBuffer(
    int batchGroups, int windowSteps, Reroll reroll, Threshold low, Threshold high) {
  // An accuracy k/G and the bound that stands for it may differ in the last bit.
  private static final double ROUNDING = 1e-12;

  /**
   * A bound on accuracy, r (high - low) + low at overall accuracy r.
   *
   * @param low at overall accuracy 0
   * @param high at overall accuracy 1
   */
  public record Threshold(double low, double high) {
    public Threshold {
      if (!(0 <= low && low <= high && high <= 1)) {
        throw new UserError(
            "A bound of history.difficulty runs from %s to %s, must rise within 0 and 1"
                .formatted(low, high));
      }
    }

    /** The same at any overall accuracy. */
    public static Threshold fixed(double value) {
      return new Threshold(value, value);
    }

    /** The bound. */
    public double at(double overallAccuracy) {
      if (!(overallAccuracy >= 0 && overallAccuracy <= 1)) {
        throw new IllegalArgumentException(
            "overall accuracy is " + overallAccuracy + ", must be between 0 and 1");
      }
      return overallAccuracy * (high - low) + low;
    }
  }

  /**
   * Hard prompts.
   *
   * @param every steps between two rounds, m, at least 1
   * @param limit most prompts of one round, 0 or more
   * @param hard c1, highest accuracy of a prompt that counts as hard
   */
  public record Reroll(int every, int limit, Threshold hard) {
    public Reroll {
      atLeast("history.difficulty.reroll_every", every, 1);
      atLeast("history.difficulty.reroll_limit", limit, 0);
    }

    /** Whether step k has a round; step 0 has no buffer. */
    public boolean dueAt(int k) {
      return k > 0 && k % every == 0;
    }
  }

  /**
   * What a batch may be made of.
   *
   * @param fresh groups of new prompts, all of them
   * @param rerolled groups that the current policy gave for {@link #dueForReroll}, all of them
   * @param buffer groups of earlier steps
   */
  public record Candidates(
      List<RolledGroup> fresh, List<RolledGroup> rerolled, List<RolledGroup> buffer) {
    public Candidates {
      fresh = List.copyOf(fresh);
      rerolled = List.copyOf(rerolled);
      buffer = List.copyOf(buffer);
    }
  }

  /**
   * What a batch is made of; no prompt is twice in it.
   *
   * @param fresh X1
   * @param rerolled X2
   * @param replayed X3
   */
  public record Batch(
      List<RolledGroup> fresh, List<RolledGroup> rerolled, List<RolledGroup> replayed) {
    public Batch {
      fresh = List.copyOf(fresh);
      rerolled = List.copyOf(rerolled);
      replayed = List.copyOf(replayed);
    }

    /** Groups in all. */
    public int size() {
      return fresh.size() + rerolled.size() + replayed.size();
    }
  }

  public DifficultyBuffer {
    atLeast("rollout.prompts_per_step", batchGroups, 1);
    atLeast("history.versions", windowSteps, 1);
  }

  /**
   * Table 3 of the paper: 256 groups, c1 = c2 = 1/8, c3 = 5/8, at most 128 prompts every 5 steps.
   */
  public static DifficultyBuffer paper() {
    return new DifficultyBuffer(
        256,
        3,
        new Reroll(5, 128, Threshold.fixed(1 / 8.0)),
        Threshold.fixed(1 / 8.0),
        Threshold.fixed(5 / 8.0));
  }

  /** The groups of the buffer that step k may replay: versions k - windowSteps to k - 1. */
  private List<RolledGroup> live(List<RolledGroup> buffer, int k) {
    return buffer.stream().filter(g -> g.version() >= k - windowSteps && g.version() < k).toList();
  }

  /**
   * The hard prompts that the current policy answers again in step k. The latest group of a prompt
   * says how hard it is, whatever its age: rounds are rarer than the window of replay is long.
   *
   * @param buffer groups of all steps so far
   * @param overallAccuracy r, from 0 to 1
   * @return in the order of ids; empty if no round is due
   */
  public List<RolledGroup> dueForReroll(
      List<RolledGroup> buffer, int k, double overallAccuracy, long seed) {
    if (!reroll.dueAt(k)) {
      return List.of();
    }
    double bound = reroll.hard().at(overallAccuracy) + ROUNDING;
    List<RolledGroup> hard = latest(buffer).stream().filter(g -> g.accuracy() <= bound).toList();
    return choose(hard, reroll.limit(), seed);
  }

  /**
   * The batch of step k. Fresh groups come first, then rerolled ones, each in their order; replayed
   * ones fill what is left.
   *
   * @param overallAccuracy r, from 0 to 1
   * @return at most B groups; fewer if the buffer does not hold enough
   */
  public Batch compose(Candidates candidates, int k, double overallAccuracy, long seed) {
    double hard = reroll.hard().at(overallAccuracy) + ROUNDING;
    double from = low.at(overallAccuracy) - ROUNDING;
    double to = high.at(overallAccuracy) + ROUNDING;
    Set<String> used = new HashSet<>();
    List<RolledGroup> fresh =
        candidates.fresh().stream()
            .filter(g -> g.mixed() && used.add(g.id()))
            .limit(batchGroups)
            .toList();
    List<RolledGroup> rerolled =
        candidates.rerolled().stream()
            .filter(g -> g.accuracy() > hard && g.mixed() && used.add(g.id()))
            .limit(batchGroups - fresh.size())
            .toList();
    List<RolledGroup> middling =
        latest(live(candidates.buffer(), k)).stream()
            .filter(g -> g.accuracy() >= from && g.accuracy() <= to && !used.contains(g.id()))
            .toList();
    return new Batch(
        fresh, rerolled, choose(middling, batchGroups - fresh.size() - rerolled.size(), seed));
  }

  /** The newest group of each prompt, in the order of ids. */
  private static List<RolledGroup> latest(List<RolledGroup> groups) {
    Map<String, RolledGroup> newest = new TreeMap<>();
    for (RolledGroup group : groups) {
      newest.merge(group.id(), group, (a, b) -> a.version() >= b.version() ? a : b);
    }
    return List.copyOf(newest.values());
  }

  /** A random choice of at most {@code count} groups, in the order they came in. */
  private static List<RolledGroup> choose(List<RolledGroup> groups, int count, long seed) {
    List<RolledGroup> shuffled = new ArrayList<>(groups);
    Collections.shuffle(shuffled, new Random(seed));
    Set<RolledGroup> chosen = new HashSet<>(shuffled.subList(0, Math.min(count, groups.size())));
    return groups.stream().filter(chosen::contains).toList();
  }

  private static void atLeast(String key, int value, int least) {
    if (value < least) {
      throw new UserError(key + " is " + value + ", must be at least " + least);
    }
  }
}
