package dev.sponge.jobs.training;

import dev.sponge.jobs.config.HistoryConfig;
import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.run.RunPlan;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.rl.batch.RatioStatistics;
import dev.sponge.rl.batch.ReplayCandidate;
import dev.sponge.rl.batch.ReplayCandidate.Worth;
import dev.sponge.rl.generation.TokenRandom;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Which groups of the history one step may replay, and which it does. */
final class ReplayChoice {
  /** Importance ratios of groups under pi_k; asked for only where they decide. */
  interface Ratios {
    Map<Key, RatioStatistics> of(List<StepGroup> groups);
  }

  /**
   * Names a group: two runs may have given one prompt and version the same id.
   *
   * @param version below 0 if another run sampled it
   */
  record Key(int version, String groupId) {
    static Key of(StepGroup group) {
      return new Key(group.version(), group.id());
    }
  }

  private final SpongeConfig config;
  private final int step;
  private final RolloutUses uses;
  private final Ratios ratios;
  private final Set<Key> ineligible = new HashSet<>();
  private final Map<String, Double> metrics = new TreeMap<>();

  /**
   * @param step k
   */
  ReplayChoice(SpongeConfig config, int step, RolloutUses uses, Ratios ratios) {
    this.config = config;
    this.step = step;
    this.uses = uses;
    this.ratios = ratios;
  }

  /** The groups that are neither too old nor too often used ({@code max_lag}, {@code max_uses}). */
  List<StepGroup> allowed(List<StepGroup> history) {
    HistoryConfig keys = config.history();
    int most = keys.maxUses() == 0 ? Integer.MAX_VALUE : keys.maxUses();
    int passes = RunPlan.schedule(config).passes(step);
    List<StepGroup> allowed =
        history.stream()
            .filter(g -> step - g.version() <= keys.largestLag())
            .filter(g -> g.rollouts().stream().allMatch(r -> used(r).passes() + passes <= most))
            .toList();
    metrics.put("history/candidate_groups", (double) allowed.size());
    metrics.put("history/capped_groups", (double) history.size() - allowed.size());
    return allowed;
  }

  /**
   * Whole groups in the order of their versions.
   *
   * @param history groups of the window
   * @param wanted groups, at most
   */
  List<StepGroup> choose(List<StepGroup> history, int wanted) {
    HistoryConfig keys = config.history();
    if (history.isEmpty() || (wanted == 0 && keys.autoShare().isEmpty())) {
      return List.of();
    }
    List<StepGroup> candidates = allowed(history);
    Map<Key, RatioStatistics> known = keys.scoresCandidates() ? ratios.of(candidates) : Map.of();
    known.forEach(
        (group, found) -> {
          if (!keys.eligible().allows(found)) {
            ineligible.add(group);
          }
        });
    Map<Key, StepGroup> eligible =
        candidates.stream()
            .filter(g -> !ineligible.contains(Key.of(g)))
            .collect(Collectors.toMap(Key::of, Function.identity()));
    List<StepGroup> chosen =
        keys
            .replaySelector()
            .choose(
                eligible.values().stream().map(g -> candidate(g, known)).toList(),
                wanted,
                keys.tokenBudget())
            .stream()
            .map(c -> eligible.get(new Key(step - c.lag(), c.id())))
            .sorted(Comparator.comparingInt(StepGroup::version))
            .toList();
    metrics.put("history/ineligible_groups", (double) ineligible.size());
    metrics.put("history/missing_groups", (double) wanted - chosen.size());
    return chosen;
  }

  private RolloutUses.Use used(Rollout rollout) {
    return uses.of(rollout.rolloutId());
  }

  private ReplayCandidate candidate(StepGroup group, Map<Key, RatioStatistics> known) {
    double[] rewards = group.shapedRewards(config);
    double mean = Arrays.stream(rewards).average().orElseThrow();
    double deviation = Arrays.stream(rewards).map(r -> Math.abs(r - mean)).average().orElseThrow();
    RatioStatistics found = known.get(Key.of(group));
    return new ReplayCandidate(
        group.id(),
        step - group.version(),
        group.rollouts().stream().mapToLong(r -> r.responseIds().length).sum(),
        TokenRandom.seed(config.run().seed(), step, group.id(), 0),
        new Worth(
            mean,
            deviation,
            group.rollouts().stream().mapToInt(r -> used(r).steps()).max().orElseThrow(),
            found == null ? Double.NaN : found.ess()));
  }

  /** Groups that the thresholds of {@code history.eligible} refused. */
  Set<Key> ineligible() {
    return Set.copyOf(ineligible);
  }

  /** What was there to choose from; empty where there was no history. */
  Map<String, Double> metrics() {
    return Map.copyOf(metrics);
  }
}
