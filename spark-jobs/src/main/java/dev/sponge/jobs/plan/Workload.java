package dev.sponge.jobs.plan;

import dev.sponge.jobs.config.CriticConfig;
import dev.sponge.jobs.config.HistoryConfig;
import dev.sponge.jobs.config.RolloutConfig;
import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.evaluation.EvaluateJob;
import dev.sponge.jobs.training.TrainJob;
import dev.sponge.rl.model.LoraSettings;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.objective.KlEstimator;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.Devices;
import java.util.Optional;

/**
 * Everything that decides how much memory a run needs. Tasks of the local executor share one
 * process with the driver.
 *
 * @param gpu the policy runs on a GPU
 * @param critic the backbone of the value function, where there is one
 * @param workers threads that train and score, and tasks that run at once
 * @param updateSequences sequences of an update, at most
 * @param scoreSequences sequences that are scored in a step, at most
 * @param trainingAnchors policies that run beside the trained one and whose log-probs over the
 *     vocabulary are kept for a micro-batch
 */
record Workload(
    ModelConfig model,
    ComputeDtype dtype,
    boolean gpu,
    Optional<LoraSettings> lora,
    Optional<CriticConfig.Backbone> critic,
    int workers,
    MicroBatch microBatch,
    Sampling rollout,
    Sampling evaluation,
    int updateSequences,
    int scoreSequences,
    int trainingAnchors) {

  /**
   * One forward and backward pass.
   *
   * @param sequences at most
   * @param tokens at most, padding included; a longer sequence goes alone
   * @param length T, of the longest sequence
   */
  record MicroBatch(int sequences, int tokens, int length, boolean checkpointing) {}

  /**
   * Tasks that sample.
   *
   * @param tasks at the same time
   * @param prompts of one task
   * @param rows of the cache of one task, before they are filled up
   * @param truncates whether top-k, top-p or min-p is used
   */
  record Sampling(
      int tasks, int prompts, int rows, int promptTokens, int newTokens, boolean truncates) {}

  /**
   * A run in one process.
   *
   * @param config as the algorithm uses it
   * @param cores of this machine
   */
  static Workload of(SpongeConfig config, ModelConfig model, int cores) {
    int workers = config.engine().workers() > 0 ? config.engine().workers() : cores;
    RolloutConfig rollout = config.rollout();
    int length = rollout.maxPromptTokens() + rollout.maxNewTokens();
    int sequences = Math.toIntExact(Math.min(Integer.MAX_VALUE, rollout.sequencesPerStep()));
    int minibatches = config.training().minibatches();
    int problems = config.evaluation().problems();
    int samples = Math.max(config.evaluation().samples(), config.evaluation().finalSamples());
    return new Workload(
        model,
        config.engine().dtype(),
        config.engine().device() != Devices.Request.CPU,
        config.adapter().lora(),
        config.advantage().needsCritic()
            ? Optional.of(config.critic().backbone())
            : Optional.empty(),
        workers,
        new MicroBatch(
            config.training().microBatchSequences(),
            config.training().microBatchTokens(),
            length,
            config.training().activationCheckpointing()),
        sampling(
            rollout,
            workers,
            rollout.promptsPerStep() + rerolled(config),
            new Unit(rollout.workUnitPrompts(), rollout.groupSize(), true)),
        sampling(
            rollout, workers, problems, new Unit(EvaluateJob.PROMPTS_PER_UNIT, samples, false)),
        (sequences + minibatches - 1) / minibatches,
        scored(config, sequences),
        config.objective().kl().estimator() == KlEstimator.FULL ? 2 : 0);
  }

  /** Prompts that are asked again in one step, at most. */
  private static int rerolled(SpongeConfig config) {
    return config.history().selection() == HistoryConfig.Selection.DIFFICULTY
        ? config.history().difficulty().rerollLimit()
        : 0;
  }

  /** What trains, what is sampled for later steps alone, and what may be replayed. */
  private static int scored(SpongeConfig config, int sequences) {
    if (config.history().scoresCandidates()) {
      long window = (long) sequences * config.history().versions();
      return (int) Math.min(Integer.MAX_VALUE, sequences + window);
    }
    boolean held =
        config.history().schedule().offPolicy()
            || config.history().selection() == HistoryConfig.Selection.DIFFICULTY;
    long sampled = sequences + (long) rerolled(config) * config.rollout().groupSize();
    return (int) Math.min(Integer.MAX_VALUE, held ? sequences + sampled : sequences);
  }

  private record Unit(int prompts, int samples, boolean truncates) {}

  private static Sampling sampling(RolloutConfig rollout, int workers, int prompts, Unit unit) {
    int perTask = Math.min(unit.prompts(), prompts);
    int tasks = Math.min(workers, (prompts + perTask - 1) / perTask);
    int rows = (int) Math.min(rollout.batchRows(), (long) perTask * unit.samples());
    return new Sampling(
        tasks,
        perTask,
        rows,
        rollout.maxPromptTokens(),
        rollout.maxNewTokens(),
        unit.truncates() && rollout.sampling().truncates());
  }

  /** Padded tokens of the largest pass that trains. */
  long passTokens() {
    long length = microBatch.length();
    long sequences = Math.min(microBatch.sequences(), updateSequences);
    return Math.min(sequences * length, Math.max(microBatch.tokens(), length));
  }

  /** Padded tokens that train at the same time. */
  long trainedTokens() {
    return Math.min(workers * passTokens(), (long) updateSequences * microBatch.length());
  }

  /** Padded tokens that are scored at the same time. */
  long scoredTokens() {
    long sequences = Math.min((long) workers * TrainJob.SCORE_BATCH, scoreSequences);
    return sequences * microBatch.length();
  }
}
