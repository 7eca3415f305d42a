package dev.sponge.jobs.bench;

import ai.djl.ndarray.NDManager;
import dev.sponge.jobs.plan.BenchMemory;
import dev.sponge.rl.model.HfModelDirectory;
import dev.sponge.rl.model.LoraAdapter;
import dev.sponge.rl.model.LoraSettings;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.model.Projection;
import dev.sponge.rl.model.TokenSequence;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.training.LearningRateSchedule;
import dev.sponge.rl.training.MicroBatchLimits;
import dev.sponge.rl.training.OptimizerSettings;
import dev.sponge.rl.training.PolicyTrainer;
import dev.sponge.rl.training.TrainedWeights;
import dev.sponge.rl.training.TrainerSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Forward pass, backward pass and AdamW update on random tokens, all but the first a target. */
public final class TrainBench {
  /** AdamW with a learning rate that moves little. */
  static final OptimizerSettings OPTIMIZER =
      new OptimizerSettings(new LearningRateSchedule(1e-6, 0), 0.9, 0.999, 1e-8, 0.01, 1);

  private TrainBench() {}

  private record Sequence(int[] promptIds, int[] responseIds, double temperature)
      implements TokenSequence {}

  /**
   * @param batch sequences of an update
   * @param length tokens of every sequence
   * @param microBatchTokens tokens of one forward and backward pass
   * @param checkpointing recompute layers in the backward pass
   * @param lora train an adapter in place of all weights
   */
  public record Sizes(
      int batch,
      int length,
      int microBatchTokens,
      boolean checkpointing,
      Optional<LoraSettings> lora) {

    /**
     * @param loraRank train an adapter of this rank on all projections
     */
    public static Sizes of(
        int batch,
        int length,
        int microBatchTokens,
        boolean checkpointing,
        Optional<Integer> loraRank) {
      List<Projection> targets = Arrays.asList(Projection.values());
      return new Sizes(
          batch,
          length,
          microBatchTokens,
          checkpointing,
          loraRank.map(rank -> new LoraSettings(rank, rank, targets)));
    }
  }

  /**
   * @return one line of JSON
   */
  public static String run(BenchSettings settings, Sizes sizes) {
    TorchEngine.start(settings.threads());
    Stopwatch load = Stopwatch.started();
    TrainerSettings trainerSettings =
        new TrainerSettings(1, settings.dtype(), sizes.checkpointing());
    try (NDManager manager = TorchEngine.newManager(settings.device())) {
      TrainedWeights trained = trained(settings, sizes, manager);
      try (PolicyTrainer trainer =
          new PolicyTrainer(trained, OPTIMIZER, trainerSettings, manager)) {
        double loadSeconds = load.seconds();
        List<Sequence> data = sequences(sizes, trained.config().vocabSize());
        MicroBatchLimits limits = new MicroBatchLimits(sizes.batch(), sizes.microBatchTokens());
        long planned =
            new BenchMemory(trained.config(), settings.dtype(), settings.device().isGpu())
                .training(limits, sizes.length(), sizes.checkpointing(), sizes.lora());
        Stopwatch warmUp = Stopwatch.started();
        trainer.supervise(data, limits);
        double first = warmUp.seconds();
        double best = Double.MAX_VALUE;
        for (int i = 0; i < settings.repeats(); i++) {
          Stopwatch watch = Stopwatch.started();
          trainer.supervise(data, limits);
          best = Math.min(best, watch.seconds());
        }
        Map<String, Double> seconds = new LinkedHashMap<>();
        seconds.put("load", loadSeconds);
        seconds.put("first_step", first);
        seconds.put("step", best);
        double tokens = sizes.batch() * (double) sizes.length();
        return BenchResult.line(
            "train",
            settings,
            describe(sizes, planned),
            Map.of("tokens_per_second", tokens / best),
            seconds);
      }
    }
  }

  private static TrainedWeights trained(BenchSettings settings, Sizes sizes, NDManager manager) {
    try (Weights weights = HfModelDirectory.load(settings.directory(), manager)) {
      ModelConfig config = weights.config();
      return sizes
          .lora()
          .map(
              lora ->
                  TrainedWeights.lora(
                      weights,
                      LoraAdapter.fresh(config, lora, 1, manager),
                      settings.dtype(),
                      manager))
          .orElseGet(() -> TrainedWeights.full(weights, settings.dtype(), manager));
    }
  }

  private static Map<String, Object> describe(Sizes sizes, long planned) {
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("batch", sizes.batch());
    described.put("length", sizes.length());
    described.put("micro_batch_tokens", sizes.microBatchTokens());
    described.put("activation_checkpointing", sizes.checkpointing());
    described.put("lora_rank", sizes.lora().map(LoraSettings::rank).orElse(0));
    described.put("planned_bytes", planned);
    return described;
  }

  private static List<Sequence> sequences(Sizes sizes, int vocab) {
    Random random = new Random(1);
    List<Sequence> sequences = new ArrayList<>();
    for (int i = 0; i < sizes.batch(); i++) {
      int[] ids = random.ints(sizes.length(), 0, vocab).toArray();
      sequences.add(new Sequence(Arrays.copyOf(ids, 1), Arrays.copyOfRange(ids, 1, ids.length), 1));
    }
    return sequences;
  }
}
