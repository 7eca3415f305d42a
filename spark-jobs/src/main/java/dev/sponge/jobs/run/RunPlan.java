package dev.sponge.jobs.run;

import dev.sponge.jobs.config.HistoryConfig;
import dev.sponge.jobs.config.KlConfig;
import dev.sponge.jobs.config.LambdaConfig;
import dev.sponge.jobs.config.ObjectiveConfig;
import dev.sponge.jobs.config.PolicyLosses;
import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.config.TrainingConfig;
import dev.sponge.rl.batch.DifficultyBuffer;
import dev.sponge.rl.objective.KlSettings;
import dev.sponge.rl.objective.ObjectiveSettings;
import dev.sponge.rl.training.LearningRateSchedule;
import dev.sponge.rl.training.MicroBatchLimits;
import dev.sponge.rl.training.OptimizerSettings;
import dev.sponge.rl.training.Phase;
import dev.sponge.rl.training.ReMixSchedule;
import dev.sponge.rl.training.StepPlan;
import dev.sponge.rl.training.TrainerSettings;
import java.util.Optional;

/** The configuration in the terms of core-rl. */
public final class RunPlan {
  private RunPlan() {}

  /** Phase, share of history, passes and lambda of every step. */
  public static ReMixSchedule schedule(SpongeConfig config) {
    HistoryConfig history = config.history();
    LambdaConfig lambda = config.objective().kl().lambda();
    return new ReMixSchedule(
        history.replays()
            ? history.schedule().after(config.warmStart().versions())
            : ReMixSchedule.History.none(),
        config.training().passes(),
        new ReMixSchedule.Reincarnation(
            config.reincarnation().at(),
            config.reincarnation().passesAfter(),
            config.reincarnation().resetPrecedent()),
        new ReMixSchedule.Lambda(
            lambda.start(), lambda.period(), lambda.decay(), lambda.floor(), lambda.clock()),
        switch (config.objective().kl().precedent()) {
          case PREVIOUS -> ReMixSchedule.Precedent.K_MINUS_1;
          case CURRENT -> ReMixSchedule.Precedent.K;
        });
  }

  /**
   * What composes the batch of step k; empty if history.selection or phase 2 leaves it as it is.
   */
  public static Optional<DifficultyBuffer> difficulty(SpongeConfig config, int k) {
    HistoryConfig history = config.history();
    boolean used =
        history.selection() == HistoryConfig.Selection.DIFFICULTY
            && schedule(config).phase(k) == Phase.OFF_POLICY;
    return used
        ? Optional.of(
            history.difficulty().buffer(config.rollout().promptsPerStep(), history.versions()))
        : Optional.empty();
  }

  /** AdamW as step k trains. */
  public static OptimizerSettings optimizer(SpongeConfig config, int k) {
    TrainingConfig training = config.training();
    return new OptimizerSettings(
        new LearningRateSchedule(learningRate(config, k), training.warmupSteps()),
        training.adamBeta1(),
        training.adamBeta2(),
        training.adamEpsilon(),
        training.weightDecay(),
        training.maxGradNorm());
  }

  private static double learningRate(SpongeConfig config, int k) {
    double first = config.training().learningRate();
    double second = config.reincarnation().learningRate();
    return switch (schedule(config).phase(k)) {
      case OFF_POLICY -> first;
      case ON_POLICY -> second > 0 ? second : first;
    };
  }

  /** How step k trains. */
  public static StepPlan step(SpongeConfig config, ReMixSchedule schedule, int k) {
    ObjectiveConfig objective = config.objective();
    KlConfig kl = objective.kl();
    ObjectiveSettings settings =
        new ObjectiveSettings(
            PolicyLosses.of(objective),
            new KlSettings(
                kl.placement() == KlConfig.Placement.LOSS ? kl.coefficient() : 0,
                kl.estimator(),
                schedule.lambda(k),
                kl.importanceWeight()),
            objective.entropyCoefficient(),
            objective.aggregation(),
            config.lengthNorm(),
            PolicyLosses.truncatedImportance(objective));
    return new StepPlan(
        k,
        schedule.passes(k),
        config.training().minibatches(),
        microBatches(config.training()),
        config.run().seed(),
        settings);
  }

  /** What goes through one forward and backward pass. */
  public static MicroBatchLimits microBatches(TrainingConfig training) {
    return new MicroBatchLimits(training.microBatchSequences(), training.microBatchTokens());
  }

  /** How gradients are computed. */
  public static TrainerSettings trainer(SpongeConfig config, int workers) {
    return new TrainerSettings(
        workers, config.engine().dtype(), config.training().activationCheckpointing());
  }
}
