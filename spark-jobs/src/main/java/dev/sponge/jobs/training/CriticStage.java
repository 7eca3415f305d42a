package dev.sponge.jobs.training;

import ai.djl.ndarray.NDManager;
import dev.sponge.jobs.config.AdvantageConfig;
import dev.sponge.jobs.config.CriticConfig;
import dev.sponge.jobs.config.ObjectiveConfig.Loss;
import dev.sponge.jobs.config.TrainingConfig;
import dev.sponge.jobs.run.CheckpointRetention;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunPlan;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.table.StoredAdvantages;
import dev.sponge.jobs.training.StepSignals.Scored;
import dev.sponge.rl.advantage.BatchWhitening;
import dev.sponge.rl.advantage.Gae;
import dev.sponge.rl.advantage.GePpoCentring;
import dev.sponge.rl.advantage.TokenAdvantages;
import dev.sponge.rl.advantage.VTrace;
import dev.sponge.rl.generation.TokenRandom;
import dev.sponge.rl.model.Critic;
import dev.sponge.rl.model.HfModelDirectory;
import dev.sponge.rl.model.ValueHead;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.training.CriticReport;
import dev.sponge.rl.training.CriticSequence;
import dev.sponge.rl.training.CriticTrainer;
import dev.sponge.rl.training.JointCritic;
import dev.sponge.rl.training.LearningRateSchedule;
import dev.sponge.rl.training.MicroBatchLimits;
import dev.sponge.rl.training.OptimizerSettings;
import dev.sponge.rl.training.StepPlan;
import dev.sponge.rl.training.TrainedCritic;
import dev.sponge.rl.training.TrainingSequence;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * The critic's part of a step of PPO: it values all rollouts of the step as it is at its start, old
 * ones included, and then learns the returns.
 */
final class CriticStage implements StepSignals.TokenCritic, AutoCloseable {
  /** Directory of the critic inside a checkpoint. */
  static final String DIRECTORY = CheckpointRetention.CRITIC;

  private final RunContext run;
  private final MicroBatchLimits limits;
  private final AdvantageStore store;
  private final CriticTrainer trainer;
  private final Map<String, CriticSequence> lessons = new LinkedHashMap<>();

  /** Before step 0 the checkpoint of pi_k holds no critic, and one is made of its weights. */
  CriticStage(RunContext run, RunState state, AdvantageStore store, NDManager manager) {
    this.run = run;
    this.store = store;
    Path checkpoint = run.checkpoints().fetch(state.policy().checkpointUri());
    limits = RunPlan.microBatches(run.config().training());
    Path directory = checkpoint.resolve(DIRECTORY);
    boolean first = state.step() == 0;
    trainer =
        new CriticTrainer(
            critic(checkpoint, first, manager),
            optimizer(run.config().training(), run.config().critic()),
            RunPlan.trainer(run.config(), run.workers()),
            manager);
    if (!first) {
      trainer.loadState(directory);
    }
  }

  private TrainedCritic critic(Path checkpoint, boolean first, NDManager manager) {
    CriticConfig config = run.config().critic();
    ComputeDtype dtype = run.config().engine().dtype();
    long seed = run.config().run().seed();
    Path directory = checkpoint.resolve(DIRECTORY);
    return switch (config.backbone()) {
      case OWN -> {
        try (Critic critic =
            first ? fresh(checkpoint, seed, manager) : Critic.load(directory, manager)) {
          yield TrainedCritic.own(critic, dtype, manager);
        }
      }
      case SHARED -> {
        try (Weights policy = HfModelDirectory.load(checkpoint, manager);
            ValueHead head =
                first
                    ? ValueHead.random(policy.config(), seed, config.headStd(), manager)
                    : ValueHead.load(directory, policy.config(), manager)) {
          yield TrainedCritic.shared(policy, head, dtype, manager);
        }
      }
    };
  }

  private Critic fresh(Path checkpoint, long seed, NDManager manager) {
    try (Weights policy = HfModelDirectory.load(checkpoint, manager)) {
      return Critic.fresh(policy, seed, run.config().critic().headStd(), manager);
    }
  }

  private static OptimizerSettings optimizer(TrainingConfig training, CriticConfig critic) {
    return new OptimizerSettings(
        new LearningRateSchedule(critic.learningRate(), critic.warmupSteps()),
        training.adamBeta1(),
        training.adamBeta2(),
        training.adamEpsilon(),
        training.weightDecay(),
        training.maxGradNorm());
  }

  @Override
  public double[][] advantages(List<Scored> rollouts, double[][] rewards) {
    List<TrainingSequence> sequences = rollouts.stream().map(Scored::sequence).toList();
    List<float[]> values = trainer.values(sequences, limits);
    double[][] advantages = new double[rewards.length][];
    double[][] ratios = new double[rewards.length][];
    for (int i = 0; i < rewards.length; i++) {
      ratios[i] = ratios(sequences.get(i));
      TokenAdvantages estimated = estimate(sequences.get(i), rewards[i], values.get(i), ratios[i]);
      advantages[i] = estimated.advantages();
      lessons.put(
          sequences.get(i).rolloutId(),
          new CriticSequence(sequences.get(i), floats(estimated.returns()), values.get(i)));
    }
    if (run.config().objective().loss() == Loss.GEPPO) {
      double[] weights =
          rollouts.stream().mapToDouble(r -> r.sequence().signal().weight()).toArray();
      return GePpoCentring.centre(advantages, ratios, weights);
    }
    return BatchWhitening.whiten(advantages);
  }

  private TokenAdvantages estimate(
      TrainingSequence rollout, double[] rewards, float[] current, double[] ratios) {
    AdvantageConfig config = run.config().advantage();
    Gae gae = new Gae(config.gamma(), config.lambda());
    double[] values = doubles(current);
    return switch (config.offPolicy()) {
      case REEVALUATE -> gae.estimate(rewards, values);
      case VTRACE -> new VTrace(gae).estimate(rewards, values, ratios);
      case STORED ->
          rollout.lag() == 0
              ? kept(rollout, gae.estimate(rewards, values))
              : store
                  .find(rollout)
                  .map(CriticStage::stored)
                  .orElseGet(() -> gae.estimate(rewards, values));
    };
  }

  private TokenAdvantages kept(TrainingSequence rollout, TokenAdvantages fresh) {
    store.add(rollout, floats(fresh.advantages()), floats(fresh.returns()));
    return fresh;
  }

  private static TokenAdvantages stored(StoredAdvantages row) {
    return new TokenAdvantages(doubles(row.advantages()), doubles(row.returns()));
  }

  /** c = pi_k/mu of every token. */
  private static double[] ratios(TrainingSequence sequence) {
    float[] current = sequence.anchors().current();
    float[] mu = sequence.anchors().mu();
    double[] ratios = new double[mu.length];
    for (int t = 0; t < mu.length; t++) {
      ratios[t] = Math.exp((double) current[t] - mu[t]);
    }
    return ratios;
  }

  /** The critic as a part of the policy's loss, in a step that trains both with one. */
  Optional<JointCritic> joint(int step) {
    CriticConfig config = run.config().critic();
    return config.isJoint(step)
        ? Optional.of(
            new JointCritic(trainer, lessons, config.lossCoefficient(), config.valueClip()))
        : Optional.empty();
  }

  /**
   * Learns the returns of this step, with as many passes and minibatches as the policy; nothing
   * where the policy's trainer does so.
   *
   * @return metrics under verl's names; none where nothing was learned
   */
  Map<String, Double> train(StepPlan plan) {
    if (lessons.isEmpty() || run.config().critic().isJoint(plan.step())) {
      return Map.of();
    }
    List<CriticReport> reports = new ArrayList<>();
    for (int pass = 0; pass < plan.passes(); pass++) {
      List<CriticSequence> order = new ArrayList<>(lessons.values());
      Collections.shuffle(
          order, new Random(TokenRandom.seed(plan.seed(), plan.step(), "critic", pass)));
      int count = Math.min(plan.minibatches(), order.size());
      for (int i = 0; i < count; i++) {
        int from = (int) ((long) order.size() * i / count);
        int to = (int) ((long) order.size() * (i + 1) / count);
        reports.add(
            trainer.update(order.subList(from, to), limits, run.config().critic().valueClip()));
      }
    }
    return CriticReport.metrics(reports);
  }

  /** Writes the critic and its optimiser into a checkpoint. */
  void save(Path checkpoint) {
    trainer.save(checkpoint.resolve(DIRECTORY));
  }

  private static double[] doubles(float[] values) {
    double[] result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = values[i];
    }
    return result;
  }

  private static float[] floats(double[] values) {
    float[] result = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = (float) values[i];
    }
    return result;
  }

  @Override
  public void close() {
    trainer.close();
  }
}
