package dev.sponge.jobs.bench;

import ai.djl.ndarray.NDManager;
import dev.sponge.jobs.config.Choice;
import dev.sponge.jobs.config.ObjectiveConfig.Loss;
import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.plan.BenchMemory;
import dev.sponge.jobs.report.TextTable;
import dev.sponge.jobs.run.RunPlan;
import dev.sponge.jobs.training.StepSignals;
import dev.sponge.jobs.training.StepSignals.Scored;
import dev.sponge.rl.model.HfModelDirectory;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.objective.ObjectiveSettings;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.training.MicroBatchLimits;
import dev.sponge.rl.training.ObjectiveAlone;
import dev.sponge.rl.training.PolicyTrainer;
import dev.sponge.rl.training.StepPlan;
import dev.sponge.rl.training.TrainedWeights;
import dev.sponge.rl.training.TrainerSettings;
import dev.sponge.rl.training.TrainingSequence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What advantages and loss cost of a training step: the step is measured once with the paper's
 * loss, then every policy loss, with KL-Convex, on the shapes of that step from the log-probs to
 * the gradient by them. A forward pass that a loss adds is no part of it.
 */
public final class ObjectiveBench {
  /** The losses take milliseconds, and the first calls of each are slower. */
  private static final int RUNS_PER_REPEAT = 10;

  private ObjectiveBench() {}

  /**
   * @param batch sequences of the step, even: two of each prompt
   * @param prompt tokens of every prompt
   * @param length tokens of every sequence
   */
  public record Sizes(int batch, int prompt, int length) {}

  private record Cost(double advantages, double loss) {
    double total() {
      return advantages + loss;
    }
  }

  /**
   * @return a table, and last one line of JSON
   */
  public static List<String> run(BenchSettings settings, Sizes sizes) {
    TorchEngine.start(settings.threads());
    try (NDManager manager = TorchEngine.newManager(settings.device())) {
      TrainedWeights trained = trained(settings, manager);
      ModelConfig model = trained.config();
      List<Scored> rollouts = BenchRollouts.random(sizes, model.vocabSize());
      double step;
      try (PolicyTrainer trainer =
          new PolicyTrainer(
              trained,
              TrainBench.OPTIMIZER,
              new TrainerSettings(1, settings.dtype(), false),
              manager)) {
        step = stepSeconds(trainer, rollouts, settings, sizes);
      }
      Map<String, Cost> costs = new LinkedHashMap<>();
      for (Loss loss : Loss.values()) {
        costs.put(Choice.keyOf(loss), cost(config(loss), rollouts, settings, manager));
      }
      List<String> lines = new ArrayList<>(table(step, costs));
      long planned =
          new BenchMemory(model, settings.dtype(), settings.device().isGpu())
              .training(limits(sizes), sizes.length(), false, Optional.empty());
      lines.add(json(settings, sizes, planned, step, costs));
      return lines;
    }
  }

  private static TrainedWeights trained(BenchSettings settings, NDManager manager) {
    try (Weights weights =
        settings
            .model()
            .map(directory -> HfModelDirectory.load(directory, manager))
            .orElseGet(() -> Weights.random(BenchRollouts.SMOLLM2_135M, 1, manager))) {
      return TrainedWeights.full(weights, settings.dtype(), manager);
    }
  }

  /** The fastest whole step; a first one brings memory and caches into their later state. */
  private static double stepSeconds(
      PolicyTrainer trainer, List<Scored> rollouts, BenchSettings settings, Sizes sizes) {
    SpongeConfig config = config(Loss.MIX_PPG);
    StepPlan plan = new StepPlan(0, 1, 1, limits(sizes), 1, objective(config));
    List<TrainingSequence> data = signals(config).sequences(rollouts);
    trainer.step(data, plan);
    return fastest(settings.repeats(), () -> trainer.step(data, plan));
  }

  private static MicroBatchLimits limits(Sizes sizes) {
    return new MicroBatchLimits(sizes.batch(), sizes.batch() * sizes.length());
  }

  private static Cost cost(
      SpongeConfig config, List<Scored> rollouts, BenchSettings settings, NDManager manager) {
    int runs = RUNS_PER_REPEAT * settings.repeats();
    StepSignals signals = signals(config);
    ObjectiveSettings objective = objective(config);
    double advantages = fastest(runs, () -> signals.sequences(rollouts));
    List<TrainingSequence> data = signals.sequences(rollouts);
    return new Cost(advantages, fastest(runs, () -> ObjectiveAlone.run(data, objective, manager)));
  }

  private static double fastest(int runs, Runnable work) {
    double best = Double.MAX_VALUE;
    for (int i = 0; i < runs; i++) {
      Stopwatch watch = Stopwatch.started();
      work.run();
      best = Math.min(best, watch.seconds());
    }
    return best;
  }

  private static StepSignals signals(SpongeConfig config) {
    return new StepSignals(config, Optional.empty());
  }

  private static ObjectiveSettings objective(SpongeConfig config) {
    return RunPlan.step(config, RunPlan.schedule(config), 0).objective();
  }

  /** The defaults with another loss and what that loss asks for. */
  private static SpongeConfig config(Loss loss) {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("objective.loss", Choice.keyOf(loss));
    switch (loss) {
      case MIX_PPG, PPO_CLIP, DECOUPLED_PPO, GEPPO, CISPO, BAPO -> {}
      case GSPO, GSPO_TOKEN -> {
        keys.put("objective.clip_epsilon_low", "3e-4");
        keys.put("objective.clip_epsilon_high", "4e-4");
        keys.put("objective.aggregation", "seq-mean-token-mean");
      }
      case TOPR, PROXIMAL_RLOO, ONLINE_DPO ->
          keys.put("objective.aggregation", "seq-mean-token-mean");
      case ASYMRE -> {
        keys.put("objective.aggregation", "seq-mean-token-mean");
        keys.put("advantage.estimator", "asymre");
      }
    }
    return SpongeConfig.load(Optional.empty(), keys);
  }

  private static List<String> table(double step, Map<String, Cost> costs) {
    List<List<String>> rows = new ArrayList<>();
    costs.forEach(
        (loss, cost) ->
            rows.add(
                List.of(
                    loss,
                    seconds(cost.advantages()),
                    seconds(cost.loss()),
                    seconds(cost.total()),
                    String.format(Locale.ROOT, "%.3f", percent(step, cost)))));
    List<String> header =
        List.of("objective.loss", "advantages s", "loss, gradient s", "both s", "% of a step");
    List<String> lines = new ArrayList<>();
    lines.add(String.format(Locale.ROOT, "training step: %.3f s", step));
    lines.addAll(TextTable.format(header, rows));
    return lines;
  }

  private static String seconds(double value) {
    return String.format(Locale.ROOT, "%.5f", value);
  }

  private static double percent(double step, Cost cost) {
    return 100 * cost.total() / step;
  }

  private static String json(
      BenchSettings settings, Sizes sizes, long planned, double step, Map<String, Cost> costs) {
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("batch", sizes.batch());
    described.put("prompt", sizes.prompt());
    described.put("length", sizes.length());
    described.put("planned_bytes", planned);
    Map<String, Double> percents = new LinkedHashMap<>();
    Map<String, Double> seconds = new LinkedHashMap<>();
    seconds.put("step", step);
    costs.forEach(
        (loss, cost) -> {
          percents.put(loss, percent(step, cost));
          seconds.put(loss + "/advantages", cost.advantages());
          seconds.put(loss + "/loss", cost.loss());
        });
    described.put("percent_of_step", percents);
    double largest = percents.values().stream().mapToDouble(p -> p).max().orElseThrow();
    return BenchResult.line(
        "objective", settings, described, Map.of("largest_percent_of_step", largest), seconds);
  }
}
