package dev.sponge.jobs.training;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.sponge.jobs.config.HistoryConfig.BehaviourLogProbs;
import dev.sponge.jobs.run.CheckpointStore;
import dev.sponge.jobs.run.Hashes;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunPlan;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.StepSchedule;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.table.HistoryStatistic;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.StepRollout;
import dev.sponge.jobs.table.TrainStep;
import dev.sponge.jobs.training.AnchorCache.Role;
import dev.sponge.jobs.training.StepData.Item;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.HfModelDirectory;
import dev.sponge.rl.model.LoraAdapter;
import dev.sponge.rl.model.LoraSettings;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.model.ResidualAdapter;
import dev.sponge.rl.model.ResidualSettings;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.Devices;
import dev.sponge.rl.tensor.NativeHeap;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.training.PolicyTrainer;
import dev.sponge.rl.training.ReMixSchedule;
import dev.sponge.rl.training.StepPlan;
import dev.sponge.rl.training.StepReport;
import dev.sponge.rl.training.TrainedWeights;
import dev.sponge.rl.training.TrainingSequence;
import dev.sponge.rl.training.TrainingSequence.Anchors;
import dev.sponge.rl.training.TrainingSequence.Signal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.spark.resource.ResourceInformation;

/**
 * One outer step of ReMix on the driver: reads fresh and replayed groups from the tables, scores
 * the anchors, trains, publishes the checkpoint of version k + 1 and commits the step.
 */
public final class TrainJob {
  /** Sequences of one forward pass when anchors are scored. */
  public static final int SCORE_BATCH = 64;

  private static final String TRAINER = "trainer";
  private static final int SHA256_DIGITS = 64;

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
    int k = state.step();
    if (schedule.reincarnatesAt(k) && state.historyFrom() < k) {
      throw new UserError(
          "Step %d is reincarnation.step: the base policy must become version %d first; run: sponge reincarnate --work DIR"
              .formatted(k, k));
    }
    Times times = new Times();
    times.addAll(earlier.asMap());
    String attemptId = Attempt.fresh();
    TableVersions versions = times.measure("tables", this::tableVersions);
    ReMixSchedule ofStep = times.measure("tables", () -> StepSchedule.of(run, state));
    int firstStep = Math.max(schedule.historyWindow(k, state.historyFrom()).from(), 0);
    try (NDManager manager = TorchEngine.newManager(Devices.require(driverDevice(run)));
        AnchorCache anchors =
            times.measure(
                "tables", () -> new AnchorCache(run, state, firstStep, attemptId, manager))) {
      AdvantageStore store =
          times.measure("tables", () -> new AdvantageStore(run, state, firstStep, attemptId));
      StepHistory history =
          times.measure("tables", () -> new StepHistory(run, state, firstStep, anchors, times));
      StepData data =
          times.measure("tables", () -> StepData.read(run, state, ofStep, history.choice()));
      times.measure("score", () -> scoreAnchors(anchors, data, state));
      history.measure(data.items());
      StepPlan plan = RunPlan.step(run.config(), schedule, k);
      StepReport report;
      Policy policy;
      try (Critics critics = times.measure("load", () -> Critics.of(run, state, store, manager))) {
        List<TrainingSequence> sequences =
            times.measure("score", () -> sequences(anchors, data, state, critics));
        Map<String, Double> learned = times.measure("train", () -> critics.train(plan));
        List<TrainingSequence> trained =
            run.config().critic().freezesPolicy(k) ? List.of() : sequences;
        try (AnchorModels models = times.measure("load", () -> anchorModels(anchors, state));
            PolicyTrainer trainer = times.measure("load", () -> trainer(state, critics, manager))) {
          report =
              times
                  .measure("train", () -> trainer.step(trained, plan, models.policies()))
                  .with(learned)
                  .with(anchors.metrics());
          policy =
              times.measure("save", () -> publish(trainer, critics, state, attemptId, manager));
        }
      }
      List<HistoryStatistic> statistics = history.rows(data, attemptId);
      times.measure("tables", () -> append(report, anchors, store, statistics, policy));
      times.add("total", earlier.elapsed());
      TrainStep step =
          step(state, data, report.with(history.metrics(data, report)), versions, attemptId, times);
      run.lakehouse().trainSteps().append(step);
      return step;
    } finally {
      NativeHeap.release();
    }
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

  private record TableVersions(long prompts, long rollouts, long rewards, long anchors) {}

  private TableVersions tableVersions() {
    return new TableVersions(
        run.lakehouse().prompts().version(),
        run.lakehouse().rollouts().version(),
        run.lakehouse().rewards().version(),
        run.lakehouse().anchorLogprobs().version());
  }

  /** Score once, without gradient: log pi_k, log pi_base and the log-probs of the precedent. */
  private void scoreAnchors(AnchorCache anchors, StepData data, RunState state) {
    anchors.score(scoredByCurrent(data, state), Role.CURRENT, state.step());
    anchors.score(data.items(), Role.PRECEDENT, schedule.precedentVersion(state.step()));
    anchors.score(data.items(), Role.BASE, state.baseVersion());
  }

  private AnchorModels anchorModels(AnchorCache anchors, RunState state) {
    return AnchorModels.load(
        run.config(), anchors, state.baseVersion(), schedule.precedentVersion(state.step()));
  }

  /** Held rollouts too, if a later step replays them: their log mu is that of pi_k. */
  private List<Item> scoredByCurrent(StepData data, RunState state) {
    boolean later = schedule.historyWindow(state.step() + 1, state.historyFrom()).size() > 0;
    if (!later || run.config().history().mu() == BehaviourLogProbs.SAMPLER) {
      return data.items();
    }
    return Stream.concat(data.items().stream(), data.held().stream()).toList();
  }

  private List<TrainingSequence> sequences(
      AnchorCache anchors, StepData data, RunState state, Critics critics) {
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

  private PolicyTrainer trainer(RunState state, Critics critics, NDManager manager) {
    Path directory = run.checkpoints().fetch(state.policy().checkpointUri());
    PolicyTrainer trainer =
        new PolicyTrainer(
            trained(state, directory, manager),
            RunPlan.optimizer(run.config(), state.step()),
            critics.joint(state.step()),
            RunPlan.trainer(run.config(), run.workers()),
            manager);
    boolean anew =
        schedule.reincarnatesAt(state.step()) && run.config().reincarnation().resetOptimizer();
    if (state.step() > 0 && !anew) {
      trainer.loadState(directory.resolve(TRAINER));
    }
    return trainer;
  }

  /** All weights of pi_k, or the frozen weights of version 0 with the adapter of pi_k. */
  private TrainedWeights trained(RunState state, Path directory, NDManager manager) {
    ComputeDtype dtype = run.config().engine().dtype();
    Optional<LoraSettings> lora = run.config().adapter().lora();
    if (lora.isPresent()) {
      return lora(state, directory, lora.get(), manager);
    }
    Optional<ResidualSettings> residual = run.config().adapter().residual();
    try (Weights weights = HfModelDirectory.load(directory, manager)) {
      if (residual.isEmpty()) {
        return TrainedWeights.full(weights, dtype, manager);
      }
      ModelConfig config = weights.config();
      long seed = run.config().run().seed();
      ResidualAdapter adapter =
          state.step() == 0
              ? ResidualAdapter.fresh(config, residual.get(), seed, manager)
              : ResidualAdapter.load(directory.resolve(ResidualAdapter.DIRECTORY), config, manager);
      return TrainedWeights.residual(weights, adapter, dtype, manager);
    }
  }

  private TrainedWeights lora(
      RunState state, Path directory, LoraSettings settings, NDManager manager) {
    Path frozen =
        run.lakehouse()
            .policies()
            .read(run.runId(), 0)
            .map(policy -> run.checkpoints().fetch(policy.checkpointUri()))
            .orElse(directory);
    try (Weights weights = HfModelDirectory.load(frozen, manager)) {
      ModelConfig config = weights.config();
      LoraAdapter adapter =
          state.step() == 0
              ? LoraAdapter.fresh(config, settings, run.config().run().seed(), manager)
              : LoraAdapter.load(
                  directory.resolve(TRAINER).resolve(TrainedWeights.ADAPTER_DIRECTORY),
                  config,
                  manager);
      return TrainedWeights.lora(weights, adapter, run.config().engine().dtype(), manager);
    }
  }

  private Policy publish(
      PolicyTrainer trainer, Critics critics, RunState state, String attemptId, NDManager manager) {
    int version = state.step() + 1;
    CheckpointStore checkpoints = run.checkpoints();
    String uri = run.lakehouse().checkpoint(run.runId(), version, attemptId);
    Path directory = checkpoints.stage(uri);
    String sha256;
    try (Weights weights = trainer.snapshot(manager)) {
      HfModelDirectory.save(directory, weights, run.tokenizerDirectory());
      trainer.residual().ifPresent(r -> r.save(directory.resolve(ResidualAdapter.DIRECTORY)));
      // Executors tell policies apart by this hash: an adapter counts.
      sha256 =
          trainer
              .residual()
              .map(r -> Hashes.sha256(weights.sha256() + r.sha256(), SHA256_DIGITS))
              .orElseGet(weights::sha256);
    }
    try {
      trainer.saveState(Files.createDirectories(directory.resolve(TRAINER)));
    } catch (java.io.IOException e) {
      throw new dev.sponge.rl.SpongeException("Cannot write " + directory + ": " + e, e);
    }
    critics.stage().ifPresent(critic -> critic.save(directory));
    checkpoints.publish(uri);
    return new Policy(
        run.runId(),
        version,
        attemptId,
        state.step(),
        state.baseVersion(),
        state.incarnationNumber(),
        schedule.phase(state.step()).number(),
        uri,
        sha256,
        run.config().resolved(),
        run.engine(),
        Instant.now(),
        state.policy().tokenizerSha256());
  }

  /** Independent tables, so side by side; none counts before the commit point names the attempt. */
  private void append(
      StepReport report,
      AnchorCache anchors,
      AdvantageStore store,
      List<HistoryStatistic> history,
      Policy policy) {
    int k = policy.policyVersion() - 1;
    String attemptId = policy.attemptId();
    List<StepRollout> rows =
        report.rollouts().stream().map(r -> stepRollout(r, k, attemptId)).toList();
    CompletableFuture.allOf(
            CompletableFuture.runAsync(
                () ->
                    run.lakehouse()
                        .anchorLogprobs()
                        .append(run.runId(), k, attemptId, anchors.scored())),
            CompletableFuture.runAsync(
                () -> run.lakehouse().stepRollouts().append(run.runId(), k, attemptId, rows)),
            CompletableFuture.runAsync(store::append),
            CompletableFuture.runAsync(() -> appendHistory(history, k, attemptId)),
            CompletableFuture.runAsync(() -> run.lakehouse().policies().append(policy)))
        .join();
  }

  /** A step without history writes nothing. */
  private void appendHistory(List<HistoryStatistic> rows, int k, String attemptId) {
    if (!rows.isEmpty()) {
      run.lakehouse().historyStatistics().append(run.runId(), k, attemptId, rows);
    }
  }

  private StepRollout stepRollout(StepReport.RolloutReport report, int k, String attemptId) {
    return new StepRollout(
        run.runId(),
        k,
        attemptId,
        report.pass(),
        report.rolloutId(),
        report.lag(),
        report.advantage(),
        report.meanRatio(),
        report.clipFraction(),
        report.klBase(),
        report.klPrecedent(),
        report.loss());
  }

  private TrainStep step(
      RunState state,
      StepData data,
      StepReport report,
      TableVersions versions,
      String attemptId,
      Times times) {
    int k = state.step();
    return new TrainStep(
        run.runId(),
        k,
        attemptId,
        k,
        k + 1,
        state.baseVersion(),
        state.incarnationNumber(),
        schedule.phase(k).number(),
        data.freshRollouts(),
        data.replayedRollouts(),
        data.skippedGroups(),
        data.historyShare(),
        schedule.passes(k),
        schedule.lambda(k),
        versions.prompts(),
        versions.rollouts(),
        versions.rewards(),
        versions.anchors(),
        StepMetrics.of(run.config(), data, report, times),
        times.asMap(),
        Instant.now());
  }
}
