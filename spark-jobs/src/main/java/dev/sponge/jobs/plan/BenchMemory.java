package dev.sponge.jobs.plan;

import dev.sponge.jobs.plan.MemoryPlan.Host;
import dev.sponge.jobs.plan.Workload.MicroBatch;
import dev.sponge.jobs.plan.Workload.Sampling;
import dev.sponge.rl.model.LoraSettings;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.training.MicroBatchLimits;
import java.util.Optional;

/**
 * The plan's formulas for what {@code sponge bench} does, so that measurements check them. In
 * bytes; without the JVM's heap, of which a measurement uses little.
 *
 * @param gpu counts the memory of the GPU alone
 */
public record BenchMemory(ModelConfig model, ComputeDtype dtype, boolean gpu) {

  /**
   * Updates of one worker that has no generator beside it.
   *
   * @param length T
   */
  public long training(
      MicroBatchLimits limits, int length, boolean checkpointing, Optional<LoraSettings> lora) {
    MicroBatch pass = new MicroBatch(limits.sequences(), limits.tokens(), length, checkpointing);
    Sampling none = new Sampling(0, 1, 1, 1, 1, false);
    Workload work =
        new Workload(
            model,
            dtype,
            gpu,
            lora,
            Optional.empty(),
            1,
            pass,
            none,
            none,
            limits.sequences(),
            limits.sequences(),
            0);
    return MemoryPlan.of(work, host()).moments().stream()
        .filter(moment -> moment.phase() == Moment.Phase.TRAIN)
        .mapToLong(moment -> moment.total() - moment.of(Part.GENERATOR))
        .max()
        .orElseThrow();
  }

  /** Samples of different prompts, one a row, all at the same time. */
  public long generation(int rows, int promptTokens, int newTokens) {
    TensorSizes sizes = new TensorSizes(model, dtype, gpu);
    Sampling sampling = new Sampling(1, rows, rows, promptTokens, newTokens, false);
    long load = sizes.float32() + sizes.conversion() + sizes.decoder();
    long sample =
        sizes.decoder() + sizes.cache(sampling) + sizes.prefill(sampling) + sizes.draws(sampling);
    return host().process() + Math.max(load, sample);
  }

  private Host host() {
    return gpu ? Host.NONE : new Host(Host.PROCESS, 0);
  }
}
