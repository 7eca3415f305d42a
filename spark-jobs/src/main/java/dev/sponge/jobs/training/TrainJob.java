package dev.sponge.jobs.training;

import ai.djl.Device;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunPlan;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.TableVersions;
import dev.sponge.jobs.table.TrainStep;
import dev.sponge.rl.UserError;
import dev.sponge.rl.tensor.Devices;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.training.ReMixSchedule;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.resource.ResourceInformation;

/**
 * One outer step of ReMix on the driver: computes it from the tables as they stand at its start,
 * publishes the checkpoint of version k + 1 and commits the step.
 */
public final class TrainJob {
  /** Sequences of one forward pass when anchors are scored. */
  public static final int SCORE_BATCH = 64;

  private final RunContext run;
  private final ReMixSchedule schedule;

  public TrainJob(RunContext run) {
    this.run = run;
    schedule = RunPlan.schedule(run.config());
  }

  /**
   * @param earlier clock of the step, with the seconds of its rollout stage where that ran in this
   *     process
   * @return the committed step
   * @throws UserError when the step follows T and the reincarnation is missing
   */
  public TrainStep run(RunState state, Times earlier) {
    return run(state, earlier, FreshRollouts.committed());
  }

  /** The same beside the rollouts of pi_k, which are waited for before the step is committed. */
  public TrainStep run(RunState state, Times earlier, FreshRollouts rollouts) {
    int k = state.step();
    if (schedule.reincarnatesAt(k) && state.historyFrom() < k) {
      throw new UserError(
          "Step %d is reincarnation.step: the base policy must become version %d first; run: sponge reincarnate --work DIR"
              .formatted(k, k));
    }
    Times times = new Times();
    times.addAll(earlier.asMap());
    String attemptId = Attempt.fresh();
    String uri = run.lakehouse().checkpoint(run.runId(), k + 1, attemptId);
    Lakehouse tables = times.measure("tables", () -> run.lakehouse().frozen());
    ComputedStep computed =
        new StepComputer(run.over(tables, run.config()), state, rollouts)
            .compute(attemptId, () -> run.checkpoints().stage(uri), times);
    times.measure("save", () -> run.checkpoints().publish(uri));
    times.measure("tables", () -> append(computed, policy(computed, uri)));
    times.addAll(rollouts.seconds());
    times.add("total", earlier.elapsed());
    TableVersions read = tables.versions().withRollouts(rollouts.arrived(tables).versions());
    TrainStep step = step(computed, read, times);
    run.lakehouse().trainSteps().append(step);
    return step;
  }

  /** The device of the driver. */
  static Device driverDevice(RunContext run) {
    TorchEngine.start(run.config().engine().threads());
    ResourceInformation gpu = run.spark().sc().resources().get("gpu").getOrElse(() -> null);
    Optional<String> address =
        gpu == null || gpu.addresses().length == 0
            ? Optional.empty()
            : Optional.of(gpu.addresses()[0]);
    return Devices.resolve(run.config().engine().device(), address);
  }

  private Policy policy(ComputedStep computed, String uri) {
    RunState state = computed.state();
    return new Policy(
        run.runId(),
        state.step() + 1,
        computed.attemptId(),
        state.step(),
        state.baseVersion(),
        state.incarnationNumber(),
        schedule.phase(state.step()).number(),
        uri,
        computed.weightsSha256(),
        run.config().resolved(),
        run.engine(),
        Instant.now(),
        state.policy().tokenizerSha256());
  }

  /** Independent tables, so side by side; none counts before the commit point names the attempt. */
  private void append(ComputedStep computed, Policy policy) {
    Lakehouse lake = run.lakehouse();
    String runId = run.runId();
    int k = computed.state().step();
    String attempt = computed.attemptId();
    CompletableFuture.allOf(
            CompletableFuture.runAsync(
                () -> lake.anchorLogprobs().append(runId, k, attempt, computed.anchors())),
            CompletableFuture.runAsync(
                () -> lake.stepRollouts().append(runId, k, attempt, computed.stepRollouts(runId))),
            CompletableFuture.runAsync(
                () ->
                    computed
                        .advantages()
                        .ifPresent(
                            rows -> lake.storedAdvantages().append(runId, k, attempt, rows))),
            CompletableFuture.runAsync(() -> appendHistory(computed)),
            CompletableFuture.runAsync(() -> lake.policies().append(policy)))
        .join();
  }

  /** A step without history writes nothing. */
  private void appendHistory(ComputedStep computed) {
    if (!computed.history().isEmpty()) {
      run.lakehouse()
          .historyStatistics()
          .append(run.runId(), computed.state().step(), computed.attemptId(), computed.history());
    }
  }

  private TrainStep step(ComputedStep computed, TableVersions versions, Times times) {
    RunState state = computed.state();
    int k = state.step();
    Map<String, Double> metrics = new TreeMap<>(computed.metrics());
    times.asMap().forEach((part, seconds) -> metrics.put("timing_s/" + part, seconds));
    return new TrainStep(
        run.runId(),
        k,
        computed.attemptId(),
        k,
        k + 1,
        state.baseVersion(),
        state.incarnationNumber(),
        schedule.phase(k).number(),
        computed.rollouts().fresh(),
        computed.rollouts().replayed(),
        computed.rollouts().skippedGroups(),
        computed.historyShare(),
        schedule.passes(k),
        schedule.lambda(k),
        versions.prompts(),
        versions.rollouts(),
        versions.rewards(),
        versions.anchorLogprobs(),
        metrics,
        times.asMap(),
        Instant.now(),
        versions.policies(),
        versions.incarnations(),
        versions.storedAdvantages(),
        versions.trainSteps(),
        versions.stepRollouts(),
        versions.historyStatistics(),
        versions.recalls(),
        versions.promptsRejected());
  }
}
