package dev.sponge.rl.batch;

import dev.sponge.rl.UserError;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which prompts a step rather does not ask, from what is known of them: their groups teach a
 * group-relative estimator nothing when all answers are right or all wrong, and dropping such
 * groups after sampling (DAPO's {@link DynamicSampling}) costs their rollouts.
 *
 * @param strategy what makes a prompt worth asking
 * @param low lowest pass rate of {@link Strategy#DIFFICULTY_BAND}
 * @param high highest pass rate of it
 * @param askAgainAfter steps after which a prompt is asked again whatever its answers were, at
 *     least 1: the policy changes
 */
public record PromptSelection(Strategy strategy, double low, double high, int askAgainAfter) {
  // A pass rate k/n and the bound that stands for it may differ in the last bit.
  private static final double ROUNDING = 1e-12;

  /** What makes a prompt worth asking. */
  public enum Strategy {
    /** Every prompt is. */
    UNIFORM,
    /** Its pass rate so far is neither low nor high; one without answers is, if not predicted. */
    DIFFICULTY_BAND,
    /** Its last group had right and wrong answers, or it has none. */
    SKIP_SETTLED
  }

  public PromptSelection {
    if (!(0 <= low && low <= high && high <= 1)) {
      throw new UserError(
          "a band of pass rates from %s to %s is not possible, must rise within 0 and 1"
              .formatted(low, high));
    }
    if (askAgainAfter < 1) {
      throw new UserError("askAgainAfter is %d, must be at least 1".formatted(askAgainAfter));
    }
  }

  /**
   * The prompts that step k rather does not ask.
   *
   * @param history groups of this incarnation of versions before k, in any order
   * @param predicted pass rates of prompts by id, used for those without a group
   * @param from first version of the incarnation, when predicted prompts count as asked
   */
  public Set<String> unwanted(
      Collection<RolledGroup> history, Map<String, Double> predicted, int from, int k) {
    if (strategy == Strategy.UNIFORM) {
      return Set.of();
    }
    Map<String, List<RolledGroup>> known =
        history.stream().collect(Collectors.groupingBy(RolledGroup::id));
    Set<String> unwanted = new HashSet<>();
    known.forEach(
        (id, groups) -> {
          int last = groups.stream().mapToInt(RolledGroup::version).max().orElseThrow();
          if (k - last < askAgainAfter && !worthAsking(groups, last)) {
            unwanted.add(id);
          }
        });
    if (strategy == Strategy.DIFFICULTY_BAND && k - from < askAgainAfter) {
      predicted.forEach(
          (id, rate) -> {
            if (!known.containsKey(id) && !inBand(rate)) {
              unwanted.add(id);
            }
          });
    }
    return unwanted;
  }

  private boolean worthAsking(List<RolledGroup> groups, int last) {
    return switch (strategy) {
      case UNIFORM -> true;
      case DIFFICULTY_BAND ->
          inBand(groups.stream().mapToDouble(RolledGroup::accuracy).average().orElseThrow());
      case SKIP_SETTLED ->
          groups.stream().filter(group -> group.version() == last).anyMatch(RolledGroup::mixed);
    };
  }

  private boolean inBand(double rate) {
    return rate >= low - ROUNDING && rate <= high + ROUNDING;
  }
}
