package dev.sponge.rl.batch;

import java.util.Comparator;

/**
 * A group of the history that a step may replay, as a selector sees it.
 *
 * @param id of the group
 * @param lag steps since it was sampled, at least 1
 * @param tokens of its responses together
 * @param draw orders what is equal otherwise: a random number that depends on seed, step and id
 * @param worth what may speak for or against it
 */
public record ReplayCandidate(String id, int lag, long tokens, long draw, Worth worth) {
  /** By chance, in the same way in every attempt and whatever the order of the candidates. */
  static final Comparator<ReplayCandidate> BY_DRAW =
      Comparator.comparingLong(ReplayCandidate::draw).thenComparing(ReplayCandidate::id);

  /**
   * @param reward mean of its responses
   * @param advantage mean over its responses of |reward - mean reward|
   * @param steps in which it has trained so far
   * @param ess effective sample size of its tokens under the current policy, from 0 to 1; NaN where
   *     no one looked
   */
  public record Worth(double reward, double advantage, int steps, double ess) {}

  public ReplayCandidate {
    if (lag < 1 || tokens < 0) {
      throw new IllegalArgumentException(
          "group %s has lag %d and %d tokens; it takes a lag of 1 or more"
              .formatted(id, lag, tokens));
    }
  }
}
