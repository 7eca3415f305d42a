package dev.sponge.jobs.loop;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.evaluation.EvaluateJob;
import dev.sponge.jobs.prepare.PrepareJob;
import dev.sponge.jobs.report.StepLine;
import dev.sponge.jobs.rollout.RolloutJob;
import dev.sponge.jobs.run.CheckpointRetention;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.table.Evaluation;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.TrainStep;
import dev.sponge.jobs.training.BootstrapJob;
import dev.sponge.jobs.training.HistorySource;
import dev.sponge.jobs.training.OfflineHistory;
import dev.sponge.jobs.training.ReincarnateJob;
import dev.sponge.jobs.training.TrainJob;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The whole of ReMix in one application: every turn asks the tables where the run stands and does
 * the stage that comes next, so a run goes on where it was stopped.
 */
public final class ReMixLoop {
  private final RunContext run;
  private final SpongeConfig config;
  private final Times times = new Times();
  private final RolloutJob rollouts;
  private final TrainJob training;
  private final ReincarnateJob reincarnation;
  private final EvaluateJob evaluation;

  public ReMixLoop(RunContext run) {
    this.run = run;
    config = run.config();
    rollouts = new RolloutJob(run);
    training = new TrainJob(run);
    reincarnation = new ReincarnateJob(run);
    evaluation = new EvaluateJob(run);
  }

  /** Seconds of this process by stage: bootstrap, evaluate. */
  public Times times() {
    return times;
  }

  /**
   * Runs to {@code run.steps}.
   *
   * @return whether there was anything to do
   */
  public boolean run() {
    HistorySource.of(run).ifPresent(HistorySource::check);
    new PrepareJob(run).run();
    if (RunState.find(run.lakehouse(), run.runId()).isEmpty()) {
      run.console().line(bootstrapLine());
      times.measure("bootstrap", () -> new BootstrapJob(run).run());
    }
    RunState state = RunState.require(run.lakehouse(), run.runId());
    int steps = steps();
    boolean begun = state.step() < steps;
    evaluateIfDue(state.policy(), steps);
    Times clock = new Times();
    while (state.step() < steps) {
      TrainStep step = step(state, clock);
      clock = new Times();
      state = RunState.require(run.lakehouse(), run.runId());
      Optional<Evaluation> evaluated = evaluateIfDue(state.policy(), steps);
      clock.exclude(evaluated.map(Evaluation::seconds).orElse(0.0));
      new CheckpointRetention(run).apply(state);
      report(step, evaluated);
    }
    return begun;
  }

  private String bootstrapLine() {
    if (config.offline().takesPolicy()) {
      return "bootstrap: policy version 0 is version %d of run %s"
          .formatted(config.offline().policy(), config.offline().run());
    }
    return config.model().isFresh()
        ? "bootstrap: finetuning a fresh policy on noisy demonstrations"
        : "bootstrap: policy version 0 is " + config.model().dir();
  }

  /** {@code run.steps}, or as many as the stored rollouts of another run suffice for. */
  private int steps() {
    if (!config.offline().isOn()) {
      return config.run().steps();
    }
    OfflineHistory history = new OfflineHistory(run);
    int steps = Math.min(config.run().steps(), history.steps());
    run.console()
        .line(
            "offline: %d steps on %,d stored groups of run %s; no rollouts are generated"
                .formatted(steps, history.size(), config.offline().run()));
    return steps;
  }

  /** One outer step of ReMix. */
  private TrainStep step(RunState before, Times clock) {
    RunState state = before;
    if (reincarnation.isDue(state)) {
      reincarnation.run(state);
      run.console()
          .line(
              "reincarnation: the base is now policy version "
                  + state.step()
                  + ", on-policy from here");
      state = RunState.require(run.lakehouse(), run.runId());
    }
    if (!config.offline().isOn()) {
      rollouts.run(state, clock);
    }
    return training.run(state, clock);
  }

  private Optional<Evaluation> evaluateIfDue(Policy policy, int steps) {
    int version = policy.policyVersion();
    boolean ends = version == 0 || version == steps;
    if (!ends && version % config.evaluation().every() != 0) {
      return Optional.empty();
    }
    Evaluation result =
        times.measure("evaluate", () -> evaluation.run(policy, evaluation.samples(version)));
    if (version == 0) {
      run.console()
          .line(
              "base policy: pass@1 %.3f greedy, %.3f sampled"
                  .formatted(result.pass1Greedy(), result.pass1Sampled()));
    }
    return Optional.of(result);
  }

  private void report(TrainStep step, Optional<Evaluation> evaluated) {
    long rolloutsSoFar =
        run.lakehouse().trainSteps().read(run.runId()).stream()
            .mapToLong(TrainStep::freshRollouts)
            .sum();
    StepLine line =
        new StepLine(
            step.versionOut(),
            config.run().steps(),
            rolloutsSoFar,
            step.metrics().get("critic/rewards/mean"),
            evaluated.map(e -> OptionalDouble.of(e.pass1Sampled())).orElse(OptionalDouble.empty()),
            step.metrics().getOrDefault("actor/kl_loss", 0.0),
            step.metrics().getOrDefault("actor/pg_clipfrac", 0.0),
            step.seconds().getOrDefault("total", Double.NaN));
    boolean updated = step.metrics().get("actor/updates") > 0;
    run.console().line(updated ? line.toString() : line + "  policy not updated");
  }
}
