package dev.sponge.jobs.training;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.run.RunPlan;
import dev.sponge.jobs.run.RunState;
import dev.sponge.rl.batch.DifficultyBuffer;
import dev.sponge.rl.batch.DifficultyBuffer.Batch;
import dev.sponge.rl.batch.DifficultyBuffer.Candidates;
import dev.sponge.rl.batch.DynamicSampling;
import dev.sponge.rl.batch.RolledGroup;
import dev.sponge.rl.generation.TokenRandom;
import dev.sponge.rl.training.ReMixSchedule;
import dev.sponge.rl.training.ReMixSchedule.VersionWindow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Composes the batch of a step from the groups of version k and of the history window.
 *
 * @param replay what chooses among the groups of the window
 */
record BatchComposer(
    SpongeConfig config, ReMixSchedule schedule, RunState state, ReplayChoice replay) {

  /**
   * @param byVersion groups with all rewards, of versions up to k; k has some
   */
  BatchComposition compose(Map<Integer, List<StepGroup>> byVersion) {
    return RunPlan.difficulty(config, state.step())
        .map(buffer -> byDifficulty(buffer, byVersion))
        .orElseGet(
            () ->
                config.rollout().refillRounds() > 0
                    ? refilled(byVersion)
                    : ofWindow(byVersion, byVersion.get(state.step())));
  }

  /**
   * DAPO's dynamic sampling (arXiv 2503.14476): groups with unequal rewards alone, at most as many
   * fresh ones as the step asked for. Where no such group is, the first fresh ones train as they
   * are.
   */
  private BatchComposition refilled(Map<Integer, List<StepGroup>> byVersion) {
    int k = state.step();
    int perStep = config.rollout().promptsPerStep();
    int wanted = schedule.freshGroups(k, state.historyFrom(), perStep);
    Map<Integer, List<StepGroup>> informative = new TreeMap<>();
    byVersion.forEach(
        (version, groups) ->
            informative.put(version, groups.stream().filter(this::informative).toList()));
    List<StepGroup> kept = informative.get(k).stream().limit(wanted).toList();
    BatchComposition batch = ofWindow(informative, kept);
    List<StepGroup> trained =
        batch.trained().isEmpty()
            ? byVersion.get(k).stream().limit(wanted).toList()
            : batch.trained();
    List<StepGroup> held =
        informative.get(k).stream().filter(group -> !trained.contains(group)).toList();
    Map<String, Double> metrics =
        Map.of(
            "data/mixed_fresh_groups",
            (double) kept.size(),
            "data/missing_groups",
            (double) wanted - kept.size());
    return new BatchComposition(trained, held, metrics);
  }

  private boolean informative(StepGroup group) {
    return DynamicSampling.informative(group.shapedRewards(config));
  }

  /** A share of the window, and {@code fresh} groups of version k. */
  private BatchComposition ofWindow(
      Map<Integer, List<StepGroup>> byVersion, List<StepGroup> fresh) {
    int k = state.step();
    int from = state.historyFrom();
    int wanted = schedule.replayedGroups(k, from, config.rollout().promptsPerStep());
    VersionWindow window = schedule.historyWindow(k, from);
    List<StepGroup> history =
        byVersion.entrySet().stream()
            .filter(g -> g.getKey() >= window.from() && g.getKey() <= window.to())
            .flatMap(g -> g.getValue().stream())
            .toList();
    List<StepGroup> replayed = replay.choose(history, wanted);
    if (!schedule.trainsFresh(k, from) && !replayed.isEmpty()) {
      return new BatchComposition(replayed, fresh, Map.of());
    }
    List<StepGroup> trained = new ArrayList<>(fresh);
    trained.addAll(replayed);
    return new BatchComposition(trained, List.of(), Map.of());
  }

  /**
   * "Buffer Matters" (arXiv 2602.20722). A batch without any group would stop the run: then the
   * fresh groups train as they are, which moves the policy by KL and entropy alone, as a step of
   * GRPO does with them.
   */
  private BatchComposition byDifficulty(
      DifficultyBuffer buffer, Map<Integer, List<StepGroup>> byVersion) {
    int k = state.step();
    List<StepGroup> current = byVersion.get(k);
    Map<RolledGroup, StepGroup> groups =
        byVersion.values().stream()
            .flatMap(List::stream)
            .collect(Collectors.toMap(StepGroup::rolled, Function.identity()));
    List<RolledGroup> history =
        replay
            .allowed(groups.values().stream().filter(group -> group.version() < k).toList())
            .stream()
            .map(StepGroup::rolled)
            .toList();
    double accuracy =
        byVersion.getOrDefault(k - 1, List.of()).stream()
            .filter(group -> !group.again())
            .mapToDouble(group -> group.rolled().accuracy())
            .average()
            .orElse(0);
    Batch batch =
        buffer.compose(
            new Candidates(
                rolled(current, /* again= */ false), rolled(current, /* again= */ true), history),
            k,
            accuracy,
            TokenRandom.seed(config.run().seed(), k, "replayed groups", 0));
    List<StepGroup> trained =
        batch.size() > 0
            ? Stream.of(batch.fresh(), batch.rerolled(), batch.replayed())
                .flatMap(List::stream)
                .map(groups::get)
                .toList()
            : current.stream().filter(group -> !group.again()).toList();
    List<StepGroup> held = current.stream().filter(group -> !trained.contains(group)).toList();
    return new BatchComposition(trained, held, metrics(batch, current));
  }

  private static List<RolledGroup> rolled(List<StepGroup> groups, boolean again) {
    return groups.stream().filter(g -> g.again() == again).map(StepGroup::rolled).toList();
  }

  private static Map<String, Double> metrics(Batch batch, List<StepGroup> current) {
    Map<String, Double> metrics = new TreeMap<>();
    metrics.put("data/mixed_fresh_groups", (double) batch.fresh().size());
    metrics.put("data/hard_groups", (double) rolled(current, /* again= */ true).size());
    metrics.put("data/improved_hard_groups", (double) batch.rerolled().size());
    metrics.put("data/middling_groups", (double) batch.replayed().size());
    metrics.put("data/unfiltered_batch", batch.size() > 0 ? 0.0 : 1.0);
    return metrics;
  }
}
