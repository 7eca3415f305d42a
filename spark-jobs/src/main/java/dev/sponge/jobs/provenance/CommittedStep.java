package dev.sponge.jobs.provenance;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.run.CheckpointRetention;
import dev.sponge.jobs.run.CheckpointStore;
import dev.sponge.jobs.run.EngineInfo;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunPlan;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.table.Incarnation;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Recall;
import dev.sponge.jobs.table.TrainStep;
import dev.sponge.jobs.training.HistorySource;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.Manifest;
import dev.sponge.rl.training.ReMixSchedule;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A committed step with what it was computed from.
 *
 * @param step its row of {@code train_steps}
 * @param made version k + 1
 * @param run over the tables as the step read them, with the configuration that it ran with
 * @param state before the step
 */
record CommittedStep(TrainStep step, Policy made, RunContext run, RunState state) {

  /**
   * @param caller the run, at present
   * @throws UserError if the run has not committed the step
   */
  static CommittedStep of(RunContext caller, int k) {
    Lakehouse now = caller.lakehouse();
    String runId = caller.runId();
    TrainStep step = require(now, runId, k);
    Lakehouse then = now.asOf(step.versionsRead());
    Policy made = now.policies().read(runId, k + 1).orElseThrow(() -> missing(runId, k + 1));
    Policy before = then.policies().read(runId, k).orElseThrow(() -> missing(runId, k));
    Optional<Incarnation> incarnation =
        then.incarnations().read(runId).stream()
            .filter(i -> i.atStep() <= k)
            .max(Comparator.comparingInt(Incarnation::incarnation));
    return new CommittedStep(
        step, made, caller.over(then, config(made)), new RunState(before, incarnation));
  }

  /**
   * The row of a step.
   *
   * @throws UserError if the run has not committed it
   */
  static TrainStep require(Lakehouse lakehouse, String runId, int k) {
    return lakehouse
        .trainSteps()
        .read(runId, k)
        .orElseThrow(
            () ->
                new UserError(
                    "--step %d: run \"%s\" %s.".formatted(k, runId, has(lakehouse, runId))));
  }

  private static String has(Lakehouse lakehouse, String runId) {
    OptionalInt last = lakehouse.trainSteps().lastStep(runId);
    return last.isEmpty()
        ? "has committed no step; look at --run and --work"
        : "has committed steps 0 to " + last.getAsInt();
  }

  private static SpongeException missing(String runId, int version) {
    return new SpongeException(
        "Table policies of run \"%s\" has no version %d, which train_steps names: the table is damaged"
            .formatted(runId, version));
  }

  /** As many workers as the step had, whatever machine this is: gradients add up in their order. */
  private static SpongeConfig config(Policy made) {
    OptionalInt workers = EngineInfo.workers(made.engine());
    Map<String, String> overrides =
        workers.isPresent() ? Map.of("engine.workers", "" + workers.getAsInt()) : Map.of();
    return SpongeConfig.ofResolved(made.resolvedConfig(), overrides).effective();
  }

  /**
   * Ids of the rollouts that the step could see and whose prompts have been forgotten since.
   *
   * @param now the tables at present
   */
  Set<String> forgottenRollouts(Lakehouse now) {
    Set<String> prompts =
        now.recalls().read().stream().map(Recall::promptId).collect(Collectors.toSet());
    Set<String> ids = new TreeSet<>();
    if (!prompts.isEmpty()) {
      addRolloutsOf(prompts, run.runId(), 0, step.step(), ids);
      HistorySource.of(run)
          .ifPresent(
              other -> addRolloutsOf(prompts, other.sourceId(), other.from(), other.to(), ids));
    }
    return ids;
  }

  private void addRolloutsOf(
      Set<String> prompts, String runId, int from, int to, Set<String> rolloutIds) {
    run.lakehouse().rollouts().places(runId, from, to).stream()
        .filter(place -> prompts.contains(place.promptId()))
        .forEach(place -> rolloutIds.add(place.rolloutId()));
  }

  /** Whether this process computes as the one that committed the step did. */
  boolean sameEngine() {
    return run.engine().equals(made.engine());
  }

  /**
   * @throws UserError if a checkpoint is gone that the step begins from or scores with
   */
  void requireCheckpoints() {
    int k = step.step();
    ReMixSchedule schedule = RunPlan.schedule(run.config());
    Set<Integer> versions =
        new TreeSet<>(List.of(k, schedule.precedentVersion(k), state.baseVersion()));
    if (run.config().adapter().lora().isPresent()) {
      versions.add(0);
    }
    CheckpointStore checkpoints = run.checkpoints();
    for (int version : versions) {
      Policy policy =
          run.lakehouse()
              .policies()
              .read(run.runId(), version)
              .orElseThrow(() -> missing(run.runId(), version));
      if (!checkpoints.exists(policy.checkpointUri())) {
        throw new UserError(
            ("Step %d of run \"%s\" cannot be computed again: the checkpoint of policy version %d is gone from %s,"
                    + " most likely removed by retention. A run that is started with checkpoint.keep_every = 1"
                    + " keeps every version.")
                .formatted(k, run.runId(), version, policy.checkpointUri()));
      }
    }
    Set<String> files =
        Manifest.read(checkpoints.fetch(state.policy().checkpointUri())).files().keySet();
    boolean anew = schedule.reincarnatesAt(k) && run.config().reincarnation().resetOptimizer();
    if (k > 0 && !anew) {
      requirePart(files, CheckpointRetention.TRAINER, "the optimiser's moments");
    }
    if (k > 0 && run.config().advantage().needsCritic()) {
      requirePart(files, CheckpointRetention.CRITIC, "the critic");
    }
  }

  private void requirePart(Set<String> files, String directory, String what) {
    if (files.stream().noneMatch(name -> name.startsWith(directory + "/"))) {
      throw new UserError(
          ("Step %d of run \"%s\" cannot be computed again: the checkpoint of policy version %d no longer holds %s"
                  + " (%s/), which retention removes behind the last two versions. A run that is started with"
                  + " checkpoint.keep_optimizer = all keeps them.")
              .formatted(step.step(), run.runId(), step.step(), what, directory));
    }
  }
}
