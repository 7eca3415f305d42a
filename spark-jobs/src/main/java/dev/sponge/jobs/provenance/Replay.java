package dev.sponge.jobs.provenance;

import dev.sponge.jobs.run.CheckpointStore;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.table.AnchorLogprobs;
import dev.sponge.jobs.table.HistoryStatistic;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.StepRollout;
import dev.sponge.jobs.table.StoredAdvantages;
import dev.sponge.jobs.table.TrainStep;
import dev.sponge.jobs.training.ComputedStep;
import dev.sponge.jobs.training.FreshRollouts;
import dev.sponge.jobs.training.StepComputer;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Computes a committed step once more, from the table versions, the configuration and the
 * checkpoint that it began with, and compares what comes out with what was committed. Nothing is
 * written to a table, and no checkpoint of the run is touched.
 */
public final class Replay {
  /**
   * Largest distance of the weights, as a share of the step's own change, that counts as rounding
   * on another engine. Another number of workers moves a tiny policy by 1e-6.
   */
  private static final double TOLERANCE = 0.01;

  private static final String TIMING = "timing_s/";

  private final CommittedStep committed;
  private final ComputedStep computed;
  private final List<String> compared = new ArrayList<>();
  private final List<String> differences = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private Replay(CommittedStep committed, ComputedStep computed) {
    this.committed = committed;
    this.computed = computed;
  }

  /**
   * What to compute again.
   *
   * @param keep directory for the computed checkpoint, missing or empty; without it the checkpoint
   *     is removed after the comparison
   * @param anyEngine whether to go on where CPU, dtype or libraries are not those of the step
   */
  public record Request(int step, Optional<Path> keep, boolean anyEngine) {}

  /** How a replay ended. */
  public enum Outcome {
    /** Every byte of the checkpoint, every row and every metric. */
    EQUAL,
    /** On another engine: what rounding explains. */
    WITHIN_TOLERANCE,
    DIFFERENT
  }

  /**
   * @param compared what was compared, in words with counts
   * @param differences a line each
   * @param notes what was not compared, and why
   * @param distance of the weights as a share of the step's own change, where it was measured
   */
  public record Report(
      Outcome outcome,
      List<String> compared,
      List<String> differences,
      List<String> notes,
      OptionalDouble distance) {

    /** The result in one sentence. */
    public String sentence(int step, String runId) {
      String what = String.join(", ", compared);
      String weights =
          distance.isPresent()
              ? "; the weights lie %.2g %% of the step's own change apart"
                  .formatted(100 * distance.getAsDouble())
              : "";
      return "step %d of run \"%s\" is %s: %s%s"
          .formatted(
              step,
              runId,
              switch (outcome) {
                case EQUAL -> "equal";
                case WITHIN_TOLERANCE -> "equal within the tolerance for another engine";
                case DIFFERENT -> "different in %d places".formatted(differences.size());
              },
              what,
              weights);
    }
  }

  /**
   * @param caller the run, at present; its configuration but for the name does not matter
   * @throws UserError if the run has no such step, a checkpoint is gone, or the engine is another
   */
  public static Report of(RunContext caller, Request request) {
    CommittedStep committed = CommittedStep.of(caller, request.step());
    if (!committed.sameEngine() && !request.anyEngine()) {
      throw new UserError(
          ("Step %d was computed by another engine (%s) than this process has (%s), so its last bits differ."
                  + " With --any-engine it is computed all the same, and compared with a tolerance.")
              .formatted(request.step(), committed.made().engine(), committed.run().engine()));
    }
    committed.requireCheckpoints();
    Path directory = request.keep().map(Replay::empty).orElseGet(() -> scratch(caller.work()));
    try {
      ComputedStep computed =
          new StepComputer(committed.run(), committed.state(), FreshRollouts.committed())
              .compute(committed.step().attemptId(), () -> directory, new Times());
      Manifest.write(directory);
      return new Replay(committed, computed).compare(caller.lakehouse(), directory);
    } finally {
      if (request.keep().isEmpty()) {
        delete(directory);
      }
    }
  }

  private Report compare(Lakehouse now, Path directory) {
    TrainStep step = committed.step();
    String runId = step.runId();
    int k = step.step();
    Set<String> forgotten = committed.forgottenRollouts(now);
    if (!forgotten.isEmpty()) {
      notes.add(
          "%d rollouts that the step could see are of forgotten prompts (table recalls): their rows are not compared"
              .formatted(forgotten.size()));
    }
    value("train_steps.history_share", step.historyShare(), computed.historyShare());
    value("train_steps.base_version", step.baseVersion(), committed.state().baseVersion());
    value("train_steps.fresh_rollouts", step.freshRollouts(), computed.rollouts().fresh());
    value("train_steps.replayed_rollouts", step.replayedRollouts(), computed.rollouts().replayed());
    value("train_steps.skipped_groups", step.skippedGroups(), computed.rollouts().skippedGroups());
    boolean sameData = differences.isEmpty();
    rows(
        "anchor_logprobs",
        now.anchorLogprobs().read(runId, k, k),
        without(forgotten, computed.anchors(), AnchorLogprobs::rolloutId),
        (AnchorLogprobs row) ->
            "rollout %s under version %d".formatted(row.rolloutId(), row.anchorVersion()));
    computed
        .advantages()
        .ifPresent(
            rows ->
                rows(
                    "stored_advantages",
                    now.storedAdvantages().read(runId, k, k),
                    without(forgotten, rows, StoredAdvantages::rolloutId),
                    row -> "rollout " + row.rolloutId()));
    rows(
        "history_statistics",
        now.historyStatistics().read(runId, k, k),
        without(forgotten, computed.history(), HistoryStatistic::rolloutId),
        row -> "rollout " + row.rolloutId());
    rows(
        "step_rollouts",
        now.stepRollouts().read(runId, k, k),
        without(forgotten, computed.stepRollouts(runId), StepRollout::rolloutId),
        (StepRollout row) -> "pass %d, rollout %s".formatted(row.pass(), row.rolloutId()));
    metrics();
    value("policies.weights_sha256", committed.made().weightsSha256(), computed.weightsSha256());
    compared.add("the SHA-256 of the weights");
    OptionalDouble distance = checkpoint(directory);
    return new Report(
        outcome(sameData, distance),
        List.copyOf(compared),
        List.copyOf(differences),
        List.copyOf(notes),
        distance);
  }

  private Outcome outcome(boolean sameData, OptionalDouble distance) {
    if (differences.isEmpty()) {
      return Outcome.EQUAL;
    }
    boolean rounding = distance.isPresent() && distance.getAsDouble() <= TOLERANCE;
    return sameData && rounding && !committed.sameEngine()
        ? Outcome.WITHIN_TOLERANCE
        : Outcome.DIFFERENT;
  }

  private void value(String name, Object stored, Object recomputed) {
    if (!stored.equals(recomputed)) {
      differences.add("%s: stored %s, computed %s".formatted(name, stored, recomputed));
    }
  }

  private static <R> List<R> without(
      Set<String> rollouts, List<R> rows, Function<R, String> rolloutId) {
    return rows.stream().filter(row -> !rollouts.contains(rolloutId.apply(row))).toList();
  }

  private <R extends Record> void rows(
      String table, List<R> stored, List<R> recomputed, Function<R, String> key) {
    differences.addAll(RowComparison.differences(table, stored, recomputed, key));
    compared.add("%,d rows of %s".formatted(stored.size(), table));
  }

  private void metrics() {
    Map<String, Double> stored = new TreeMap<>(committed.step().metrics());
    stored.keySet().removeIf(name -> name.startsWith(TIMING));
    Map<String, Double> recomputed = computed.metrics();
    stored.forEach((name, value) -> metric(name, value, recomputed.get(name)));
    recomputed.keySet().stream()
        .filter(name -> !stored.containsKey(name))
        .forEach(name -> differences.add("metric " + name + ": computed and not stored"));
    compared.add("%d metrics".formatted(stored.size()));
  }

  private void metric(String name, Double stored, Double recomputed) {
    if (!stored.equals(recomputed)) {
      differences.add("metric %s: stored %s, computed %s".formatted(name, stored, recomputed));
    }
  }

  private OptionalDouble checkpoint(Path directory) {
    CheckpointStore checkpoints = committed.run().checkpoints();
    String uri = committed.made().checkpointUri();
    if (!checkpoints.exists(uri)) {
      notes.add(
          "the checkpoint of version %d is gone from %s: its files are not compared"
              .formatted(committed.made().policyVersion(), uri));
      return OptionalDouble.empty();
    }
    Path stored = checkpoints.fetchUnverified(uri);
    CheckpointComparison files = CheckpointComparison.of(stored, directory);
    compared.add("%d files of the checkpoint".formatted(files.compared().size()));
    files.differences().forEach(line -> differences.add("checkpoint " + line));
    files
        .pruned()
        .forEach(
            part ->
                notes.add(
                    "%s/ was removed from %s by retention: not compared".formatted(part, uri)));
    if (differences.isEmpty() || committed.sameEngine()) {
      return OptionalDouble.empty();
    }
    Path before = checkpoints.fetch(committed.state().policy().checkpointUri());
    return OptionalDouble.of(CheckpointComparison.shareOfMovement(before, stored, directory));
  }

  private static Path empty(Path directory) {
    try {
      Files.createDirectories(directory);
      try (Stream<Path> children = Files.list(directory)) {
        if (children.findAny().isPresent()) {
          throw new UserError(
              "--keep " + directory + " is not empty; name a directory that is missing or empty.");
        }
      }
      return directory;
    } catch (IOException e) {
      throw new UserError("--keep " + directory + " cannot be made (" + e + ").", e);
    }
  }

  private static Path scratch(Path work) {
    try {
      return Files.createTempDirectory(Files.createDirectories(work), "replay");
    } catch (IOException e) {
      throw new SpongeException("Cannot make a scratch directory in " + work + ": " + e, e);
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> walk = Files.walk(directory)) {
      for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new SpongeException("Cannot remove " + directory + ": " + e, e);
    }
  }
}
