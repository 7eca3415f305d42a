package dev.sponge.jobs.training;

import ai.djl.ndarray.NDManager;
import dev.sponge.jobs.config.HistoryConfig.BehaviourLogProbs;
import dev.sponge.jobs.run.PassedOver;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunPlan;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.StepSchedule;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.training.AnchorCache.Role;
import dev.sponge.jobs.training.StepData.Item;
import dev.sponge.rl.tensor.Devices;
import dev.sponge.rl.tensor.NativeHeap;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.training.PolicyTrainer;
import dev.sponge.rl.training.ReMixSchedule;
import dev.sponge.rl.training.StepPlan;
import dev.sponge.rl.training.StepReport;
import dev.sponge.rl.training.TrainingSequence;
import dev.sponge.rl.training.TrainingSequence.Anchors;
import dev.sponge.rl.training.TrainingSequence.Signal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The computation of one outer step: a function of the tables as the run shows them, of the
 * configuration and of the checkpoint of pi_k. It writes a checkpoint and no row.
 */
public final class StepComputer {
  private final RunContext run;
  private final RunState state;
  private final FreshRollouts rollouts;
  private final ReMixSchedule schedule;

  /**
   * @param run over the tables as the step is to see them
   * @param state before the step
   * @param rollouts of pi_k, which may still be under way
   */
  public StepComputer(RunContext run, RunState state, FreshRollouts rollouts) {
    this.run = run;
    this.state = state;
    this.rollouts = rollouts;
    schedule = RunPlan.schedule(run.config());
  }

  /**
   * Reads the step's groups, scores the anchors, trains.
   *
   * @param attemptId that the rows are to carry
   * @param checkpoint asked for the local directory of version k + 1 once the step is trained; its
   *     manifest is the caller's to write
   * @param times takes the seconds by part
   */
  public ComputedStep compute(String attemptId, Supplier<Path> checkpoint, Times times) {
    int k = state.step();
    ReMixSchedule ofStep = times.measure("tables", () -> StepSchedule.of(run, state));
    int firstStep = Math.max(schedule.historyWindow(k, state.historyFrom()).from(), 0);
    try (NDManager manager = TorchEngine.newManager(Devices.require(TrainJob.driverDevice(run)));
        AnchorCache anchors =
            times.measure(
                "tables", () -> new AnchorCache(run, state, firstStep, attemptId, manager))) {
      AdvantageStore store =
          times.measure("tables", () -> new AdvantageStore(run, state, firstStep, attemptId));
      StepHistory history =
          times.measure("tables", () -> new StepHistory(run, state, firstStep, anchors, times));
      StepData.Choice choice = new StepData.Choice(ofStep, history.choice());
      StepData data = times.measure("tables", () -> StepData.read(run, state, choice, rollouts));
      times.measure("score", () -> scoreAnchors(anchors, data));
      history.measure(data.items());
      StepPlan plan = RunPlan.step(run.config(), schedule, k);
      PolicyFiles files = new PolicyFiles(run, state, schedule, manager);
      StepReport report;
      String sha256;
      try (Critics critics = times.measure("load", () -> Critics.of(run, state, store, manager))) {
        List<TrainingSequence> sequences =
            times.measure("score", () -> sequences(anchors, data, critics));
        rollouts.check();
        Map<String, Double> learned = times.measure("train", () -> critics.train(plan));
        List<TrainingSequence> trained =
            run.config().critic().freezesPolicy(k) ? List.of() : sequences;
        try (AnchorModels models = times.measure("load", () -> anchorModels(anchors));
            PolicyTrainer trainer = times.measure("load", () -> files.trainer(critics))) {
          report =
              times
                  .measure("train", () -> trainer.step(trained, plan, models.policies()))
                  .with(learned)
                  .with(anchors.metrics());
          rollouts.check();
          sha256 = times.measure("save", () -> files.write(checkpoint.get(), trainer, critics));
        }
      }
      StepData whole = whole(data, times);
      Map<String, Double> metrics =
          StepMetrics.of(run.config(), whole, report.with(history.metrics(data, report)));
      metrics.putAll(times.measure("tables", this::passedOver));
      return new ComputedStep(
          state,
          attemptId,
          sha256,
          report.rollouts(),
          new ComputedStep.Rollouts(
              whole.freshRollouts(), whole.replayedRollouts(), whole.skippedGroups()),
          whole.historyShare(),
          metrics,
          anchors.scored(),
          history.rows(data, attemptId),
          store.kept());
    } finally {
      NativeHeap.release();
    }
  }

  /** With the rollouts of pi_k, for the metrics of a step that trained apart from them. */
  private StepData whole(StepData data, Times times) {
    if (!data.fresh().isEmpty() || run.config().offline().isOn()) {
      return data;
    }
    rollouts.await();
    return times.measure(
        "tables",
        () ->
            data.withFresh(
                run.over(rollouts.arrived(run.lakehouse()), run.config()), state.step()));
  }

  private Map<String, Double> passedOver() {
    return PassedOver.metric(run.over(rollouts.arrived(run.lakehouse()), run.config()), state);
  }

  /** Score once, without gradient: log pi_k, log pi_base and the log-probs of the precedent. */
  private void scoreAnchors(AnchorCache anchors, StepData data) {
    anchors.score(scoredByCurrent(data), Role.CURRENT, state.step());
    if (run.config().history().mu() == BehaviourLogProbs.TRAINER) {
      anchors.score(data.arrived(), Role.BEHAVIOUR, state.step() - 1);
    }
    anchors.score(data.items(), Role.PRECEDENT, schedule.precedentVersion(state.step()));
    anchors.score(data.items(), Role.BASE, state.baseVersion());
  }

  private AnchorModels anchorModels(AnchorCache anchors) {
    return AnchorModels.load(
        run.config(), anchors, state.baseVersion(), schedule.precedentVersion(state.step()));
  }

  /** Held rollouts too, if a later step replays them: their log mu is that of pi_k. */
  private List<Item> scoredByCurrent(StepData data) {
    boolean later = schedule.historyWindow(state.step() + 1, state.historyFrom()).size() > 0;
    if (!later || run.config().history().mu() == BehaviourLogProbs.SAMPLER) {
      return data.items();
    }
    return Stream.concat(data.items().stream(), data.held().stream()).toList();
  }

  private List<TrainingSequence> sequences(AnchorCache anchors, StepData data, Critics critics) {
    int precedent = schedule.precedentVersion(state.step());
    BehaviourLogprobs mu = BehaviourLogprobs.of(run, anchors, data.items());
    List<StepSignals.Scored> scored = new ArrayList<>();
    for (Item item : data.items()) {
      Anchors logprobs =
          new Anchors(
              mu.of(item),
              anchors.get(item, state.step()),
              anchors.get(item, state.baseVersion()),
              anchors.get(item, precedent),
              item.rollout().behaviourLogprobs());
      TrainingSequence sequence =
          new TrainingSequence(
              item.rollout().rolloutId(),
              item.lag(),
              item.promptIds(),
              item.responseIds(),
              item.temperature(),
              Signal.constant(0, item.responseIds().length),
              logprobs);
      scored.add(new StepSignals.Scored(item.group(), item.reward(), sequence));
    }
    return new StepSignals(run.config(), critics.stage()).sequences(scored);
  }
}
