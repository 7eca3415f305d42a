package dev.sponge.jobs.training;

import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.StepSchedule;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.table.HistoryStatistic;
import dev.sponge.jobs.training.StepData.Item;
import dev.sponge.rl.batch.RatioStatistics;
import dev.sponge.rl.training.StepReport;
import dev.sponge.rl.training.StepReport.RolloutReport;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a step finds out about its history: how often the rollouts have trained, and how far they
 * are from pi_k. Rollouts that train are scored with pi_k anyway; all candidates are only where
 * that decides which of them train.
 */
final class StepHistory {
  /** A rollout with log pi_k - log mu of its tokens. */
  private record Measured(Item item, double[] logRatios) {
    double sequence() {
      return Arrays.stream(logRatios).sum();
    }
  }

  private final RunContext run;
  private final int step;
  private final AnchorCache anchors;
  private final Times times;
  private final RolloutUses uses;
  private final ReplayChoice choice;
  private final Map<String, Measured> measured = new TreeMap<>();

  /**
   * @param firstStep oldest step whose rollouts may be replayed
   * @param times takes the seconds of scoring candidates
   */
  StepHistory(RunContext run, RunState state, int firstStep, AnchorCache anchors, Times times) {
    this.run = run;
    step = state.step();
    this.anchors = anchors;
    this.times = times;
    uses = RolloutUses.read(run, firstStep, step);
    choice = new ReplayChoice(run.config(), step, uses, this::ratios);
  }

  /** What chooses the groups to replay. */
  ReplayChoice choice() {
    return choice;
  }

  /** Groups are chosen while the tables are read: the seconds of scoring count once, as scoring. */
  private Map<ReplayChoice.Key, RatioStatistics> ratios(List<StepGroup> groups) {
    double before = times.get("score");
    times.measure("score", () -> measure(StepData.items(groups, run.config(), step)));
    times.add("tables", before - times.get("score"));
    Map<ReplayChoice.Key, RatioStatistics> byGroup = new HashMap<>();
    for (StepGroup group : groups) {
      byGroup.put(
          ReplayChoice.Key.of(group),
          tokens(group.rollouts().stream().map(r -> measured.get(r.rolloutId())).toList()));
    }
    return byGroup;
  }

  /** Looks at rollouts of the history; scores those that are not scored with pi_k yet. */
  void measure(List<Item> items) {
    List<Item> history = items.stream().filter(item -> item.lag() > 0).toList();
    anchors.score(history, AnchorCache.Role.CURRENT, step);
    BehaviourLogprobs mu = BehaviourLogprobs.of(run, anchors, history);
    for (Item item : history) {
      float[] current = anchors.get(item, step);
      float[] behaviour = mu.of(item);
      double[] logRatios = new double[current.length];
      for (int t = 0; t < logRatios.length; t++) {
        logRatios[t] = (double) current[t] - behaviour[t];
      }
      measured.put(item.rollout().rolloutId(), new Measured(item, logRatios));
    }
  }

  private static RatioStatistics tokens(Collection<Measured> rollouts) {
    return RatioStatistics.of(
        rollouts.stream().flatMapToDouble(m -> Arrays.stream(m.logRatios())).toArray());
  }

  /** The rows of what was looked at. */
  List<HistoryStatistic> rows(StepData data, String attemptId) {
    Set<String> trained =
        data.items().stream().map(item -> item.rollout().rolloutId()).collect(Collectors.toSet());
    Set<ReplayChoice.Key> ineligible = choice.ineligible();
    return measured.values().stream()
        .map(
            m -> {
              Item item = m.item();
              String rolloutId = item.rollout().rolloutId();
              ReplayChoice.Key group =
                  new ReplayChoice.Key(step - item.lag(), item.rollout().groupId());
              RatioStatistics ratios = RatioStatistics.of(m.logRatios());
              return new HistoryStatistic(
                  run.runId(),
                  step,
                  attemptId,
                  rolloutId,
                  item.rollout().policyVersion(),
                  item.rollout().groupId(),
                  item.lag(),
                  m.logRatios().length,
                  ratios.mean(),
                  ratios.max(),
                  m.sequence(),
                  ratios.ess(),
                  ratios.chiSquare(),
                  ratios.kl(),
                  ratios.reverseKl(),
                  uses.of(rolloutId).passes(),
                  uses.of(rolloutId).steps(),
                  !ineligible.contains(group),
                  trained.contains(rolloutId));
            })
        .toList();
  }

  /** The metrics of the history by lag, and of how old and how used is what trained. */
  Map<String, Double> metrics(StepData data, StepReport report) {
    Map<String, Double> metrics = new TreeMap<>(choice.metrics());
    metrics.put("history/share", data.historyShare());
    if (!measured.isEmpty()) {
      metrics.put(StepSchedule.ESS, tokens(measured.values()).ess());
    }
    Map<Integer, List<Measured>> byLag =
        measured.values().stream()
            .collect(Collectors.groupingBy(m -> m.item().lag(), TreeMap::new, Collectors.toList()));
    byLag.forEach((lag, rollouts) -> metrics.putAll(ofLag("/lag_" + lag, rollouts)));
    List<RolloutReport> trained = report.rollouts().stream().filter(r -> r.pass() == 0).toList();
    if (!trained.isEmpty()) {
      metrics.put(
          "history/mean_age", trained.stream().mapToInt(RolloutReport::lag).average().orElse(0));
      trained.forEach(
          r -> metrics.merge("history/age/lag_" + r.lag(), 1.0 / trained.size(), Double::sum));
      metrics.put("history/max_uses", (double) mostUses(report.rollouts()));
    }
    return metrics;
  }

  private static Map<String, Double> ofLag(String lag, List<Measured> rollouts) {
    RatioStatistics ratios = tokens(rollouts);
    RatioStatistics sequences =
        RatioStatistics.of(rollouts.stream().mapToDouble(Measured::sequence).toArray());
    return Map.of(
        "history/rollouts" + lag, (double) rollouts.size(),
        "history/ess" + lag, ratios.ess(),
        "history/sequence_ess" + lag, sequences.ess(),
        "history/ratio_mean" + lag, ratios.mean(),
        "history/ratio_max" + lag, ratios.max(),
        "history/chi_square" + lag, ratios.chiSquare(),
        "history/kl" + lag, ratios.kl(),
        "history/reverse_kl" + lag, ratios.reverseKl());
  }

  /** The most passes, this step's included, that a rollout of the step has trained. */
  private long mostUses(List<RolloutReport> passes) {
    Map<String, Long> now =
        passes.stream()
            .collect(Collectors.groupingBy(RolloutReport::rolloutId, Collectors.counting()));
    return now.entrySet().stream()
        .mapToLong(e -> e.getValue() + uses.of(e.getKey()).passes())
        .max()
        .orElse(0);
  }
}
