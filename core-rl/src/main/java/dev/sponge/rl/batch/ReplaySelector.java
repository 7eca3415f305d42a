package dev.sponge.rl.batch;

import dev.sponge.rl.UserError;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/**
 * Which groups of the history a step replays: puts the candidates in an order and takes from its
 * front. The order depends on the candidates alone and not on how they came in.
 */
public sealed interface ReplaySelector {
  /** The candidates, those to replay first in front. */
  List<ReplayCandidate> order(List<ReplayCandidate> candidates);

  /**
   * The front of the order. The first group that does not fit into the tokens ends the choice:
   * going on to smaller ones would favour short responses.
   *
   * @param groups at most, 0 or more
   * @param tokens at most; 0 for any number
   */
  default List<ReplayCandidate> choose(List<ReplayCandidate> candidates, int groups, long tokens) {
    List<ReplayCandidate> chosen = new ArrayList<>();
    long used = 0;
    for (ReplayCandidate candidate : order(candidates)) {
      used += candidate.tokens();
      if (chosen.size() == groups || (tokens > 0 && used > tokens)) {
        break;
      }
      chosen.add(candidate);
    }
    return chosen;
  }

  /**
   * Evenly over the lags, in each lag by chance: the newest version gives one, then the one before,
   * and again from the newest on. A version with too few gives all it has.
   */
  record Uniform() implements ReplaySelector {
    @Override
    public List<ReplayCandidate> order(List<ReplayCandidate> candidates) {
      TreeMap<Integer, Deque<ReplayCandidate>> byLag = new TreeMap<>();
      candidates.stream()
          .sorted(ReplayCandidate.BY_DRAW)
          .forEach(c -> byLag.computeIfAbsent(c.lag(), lag -> new ArrayDeque<>()).add(c));
      List<ReplayCandidate> order = new ArrayList<>();
      while (order.size() < candidates.size()) {
        for (Deque<ReplayCandidate> left : byLag.values()) {
          if (!left.isEmpty()) {
            order.add(left.remove());
          }
        }
      }
      return order;
    }
  }

  /** The newest first, of one version by chance. */
  record Newest() implements ReplaySelector {
    @Override
    public List<ReplayCandidate> order(List<ReplayCandidate> candidates) {
      return sorted(candidates, Comparator.comparingInt(ReplayCandidate::lag));
    }
  }

  /** The largest effective sample size first: what the current policy could have sampled itself. */
  record EffectiveSamples() implements ReplaySelector {
    @Override
    public List<ReplayCandidate> order(List<ReplayCandidate> candidates) {
      return sorted(
          candidates,
          Comparator.comparingDouble((ReplayCandidate c) -> c.worth().ess()).reversed());
    }
  }

  /**
   * The highest score first: {@code decay^(lag - 1) (reward R + advantage |A|) - age lag - use
   * steps + noise z}, with z standard normal, drawn for each candidate and step.
   *
   * @param reward weight of the mean reward R
   * @param advantage weight of the mean |A|
   * @param decay what a step of age leaves of both, in (0, 1]
   * @param age what a step of age takes from the score
   * @param use what a step in which the group has trained takes from it
   * @param noise standard deviation, 0 or more
   */
  record Priority(
      double reward, double advantage, double decay, double age, double use, double noise)
      implements ReplaySelector {
    public Priority {
      if (!(decay > 0 && decay <= 1)) {
        throw new UserError(
            "history.priority.decay is " + decay + ", must be above 0 and at most 1");
      }
      if (!(noise >= 0)) {
        throw new UserError("history.priority.noise is " + noise + ", must be 0 or more");
      }
    }

    /** The score of a candidate. */
    double score(ReplayCandidate candidate) {
      ReplayCandidate.Worth worth = candidate.worth();
      double gain = reward * worth.reward() + advantage * worth.advantage();
      double chance = noise > 0 ? noise * new Random(candidate.draw()).nextGaussian() : 0;
      return Math.pow(decay, candidate.lag() - 1.0) * gain
          - age * candidate.lag()
          - use * worth.steps()
          + chance;
    }

    @Override
    public List<ReplayCandidate> order(List<ReplayCandidate> candidates) {
      return sorted(candidates, Comparator.comparingDouble(this::score).reversed());
    }
  }

  private static List<ReplayCandidate> sorted(
      List<ReplayCandidate> candidates, Comparator<ReplayCandidate> first) {
    return candidates.stream().sorted(first.thenComparing(ReplayCandidate.BY_DRAW)).toList();
  }
}
