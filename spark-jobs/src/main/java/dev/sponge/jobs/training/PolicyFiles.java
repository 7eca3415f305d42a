package dev.sponge.jobs.training;

import ai.djl.ndarray.NDManager;
import dev.sponge.jobs.run.CheckpointRetention;
import dev.sponge.jobs.run.Hashes;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunPlan;
import dev.sponge.jobs.run.RunState;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.model.HfModelDirectory;
import dev.sponge.rl.model.LoraAdapter;
import dev.sponge.rl.model.LoraSettings;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.model.ResidualAdapter;
import dev.sponge.rl.model.ResidualSettings;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.training.PolicyTrainer;
import dev.sponge.rl.training.ReMixSchedule;
import dev.sponge.rl.training.TrainedWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The trained policy from the checkpoint of pi_k, and into the checkpoint of version k + 1. */
record PolicyFiles(RunContext run, RunState state, ReMixSchedule schedule, NDManager manager) {
  private static final String TRAINER = CheckpointRetention.TRAINER;
  private static final int SHA256_DIGITS = 64;

  /** pi_k with the optimiser as step k - 1 left it. */
  PolicyTrainer trainer(Critics critics) {
    Path directory = run.checkpoints().fetch(state.policy().checkpointUri());
    PolicyTrainer trainer =
        new PolicyTrainer(
            trained(directory),
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
  private TrainedWeights trained(Path directory) {
    ComputeDtype dtype = run.config().engine().dtype();
    Optional<LoraSettings> lora = run.config().adapter().lora();
    if (lora.isPresent()) {
      return lora(directory, lora.get());
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

  private TrainedWeights lora(Path directory, LoraSettings settings) {
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

  /**
   * Writes all files of a checkpoint but its manifest.
   *
   * @return SHA-256 of the weights
   */
  String write(Path directory, PolicyTrainer trainer, Critics critics) {
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
    } catch (IOException e) {
      throw new SpongeException("Cannot write " + directory + ": " + e, e);
    }
    critics.stage().ifPresent(critic -> critic.save(directory));
    return sha256;
  }
}
