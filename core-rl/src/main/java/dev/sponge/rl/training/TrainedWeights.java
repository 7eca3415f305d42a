package dev.sponge.rl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.model.LoraAdapter;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.model.ResidualAdapter;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.FusedWeights;
import dev.sponge.rl.tensor.LowRankFactors;
import dev.sponge.rl.tensor.TrainingKernels.Gradients;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the optimiser changes, and the weights of pi_theta that follow from it. */
public abstract sealed class TrainedWeights implements AutoCloseable {
  /** The directory of the adapter inside a checkpoint. */
  public static final String ADAPTER_DIRECTORY = "adapter";

  final ModelConfig config;
  final NDManager manager;
  final FusedWeights master;
  final FusedWeights compute;

  private TrainedWeights(Weights initial, ComputeDtype dtype, boolean separate, NDManager manager) {
    config = initial.config();
    this.manager = manager;
    master = FusedWeights.copyOf(manager, config.shape(), initial.tensors(), ComputeDtype.FLOAT32);
    compute =
        separate || dtype != ComputeDtype.FLOAT32
            ? FusedWeights.copyOf(manager, config.shape(), initial.tensors(), dtype)
            : master;
  }

  /**
   * All weights are trained, in float32; the products read a copy of them in the compute dtype.
   *
   * @param initial pi_k; copied, not changed
   */
  public static TrainedWeights full(Weights initial, ComputeDtype dtype, NDManager parent) {
    return new Full(initial, dtype, parent.newSubManager());
  }

  /**
   * Only the adapter's factors are trained; the products read base and adapter merged.
   *
   * @param base the frozen weights; copied
   * @param adapter its factors are changed in place; closed with this instance
   */
  public static TrainedWeights lora(
      Weights base, LoraAdapter adapter, ComputeDtype dtype, NDManager parent) {
    return new Lora(base, adapter, dtype, parent.newSubManager());
  }

  /**
   * Only a residual of the logits is trained. A snapshot is the base alone: the policy is that
   * together with the adapter.
   *
   * @param base the frozen weights; copied
   * @param adapter its factors are changed in place; closed with this instance
   */
  public static TrainedWeights residual(
      Weights base, ResidualAdapter adapter, ComputeDtype dtype, NDManager parent) {
    return new Residual(base, adapter, dtype, parent.newSubManager());
  }

  /** What the policy computes with beside the weights of {@link #snapshot}. */
  Optional<ResidualAdapter> residual() {
    return Optional.empty();
  }

  /** What the optimiser changes in place, float32 by name. */
  abstract Map<String, NDArray> parameters();

  /** Makes the weights that products read follow the parameters. */
  abstract void refresh();

  /** Fresh gradient buffers, zero. */
  abstract Buffers newBuffers(NDManager parent);

  /** A copy of pi_theta as it is now. */
  abstract Weights snapshot(NDManager parent);

  /** Writes what a later session needs beside the published weights. */
  abstract void save(Path directory);

  /**
   * @param gradients where the backward pass adds to
   * @param byParameter the same memory in the order of the parameters
   */
  record Buffers(Gradients gradients, List<NDArray> byParameter) {}

  /** What the products read. */
  FusedWeights compute() {
    return compute;
  }

  /** Sizes of the policy. */
  public ModelConfig config() {
    return config;
  }

  @Override
  public void close() {
    manager.close();
  }

  private static final class Full extends TrainedWeights {
    private final Map<String, NDArray> parameters = new LinkedHashMap<>();

    Full(Weights initial, ComputeDtype dtype, NDManager manager) {
      super(initial, dtype, false, manager);
      List<NDArray> views = master.views(manager);
      List<String> names = List.copyOf(initial.byName().keySet());
      for (int i = 0; i < names.size(); i++) {
        parameters.put(names.get(i), views.get(i));
      }
    }

    @Override
    Map<String, NDArray> parameters() {
      return parameters;
    }

    @Override
    void refresh() {
      if (compute != master) {
        compute.set(master);
      }
    }

    @Override
    Buffers newBuffers(NDManager parent) {
      FusedWeights buffers = master.zeros(parent);
      return new Buffers(Gradients.of(buffers), buffers.views(parent));
    }

    @Override
    Weights snapshot(NDManager parent) {
      return Weights.copyOf(config, List.copyOf(parameters.values()), parent);
    }

    @Override
    void save(Path directory) {}
  }

  private static final class Lora extends TrainedWeights {
    private final LoraAdapter adapter;

    Lora(Weights base, LoraAdapter adapter, ComputeDtype dtype, NDManager manager) {
      super(base, dtype, true, manager);
      this.adapter = adapter;
      refresh();
    }

    @Override
    Map<String, NDArray> parameters() {
      return adapter.byName();
    }

    @Override
    void refresh() {
      compute.setMerged(master, adapter.factors());
    }

    @Override
    Buffers newBuffers(NDManager parent) {
      LowRankFactors factors = adapter.factors();
      List<NDArray> zeros = new ArrayList<>();
      for (NDArray factor : factors.factors()) {
        zeros.add(parent.zeros(factor.getShape()));
      }
      List<NDArray> frozen = FusedWeights.frozen(parent, master.size());
      return new Buffers(Gradients.ofAdapters(frozen, factors, zeros), zeros);
    }

    @Override
    Weights snapshot(NDManager parent) {
      try (NDManager scratch = manager.newSubManager()) {
        List<NDArray> base = master.views(scratch);
        try (FusedWeights merged =
            FusedWeights.copyOf(scratch, config.shape(), base, ComputeDtype.FLOAT32)) {
          merged.setMerged(master, adapter.factors());
          return Weights.copyOf(config, merged.views(scratch), parent);
        }
      }
    }

    @Override
    void save(Path directory) {
      adapter.save(directory.resolve(ADAPTER_DIRECTORY));
    }

    @Override
    public void close() {
      adapter.close();
      super.close();
    }
  }

  private static final class Residual extends TrainedWeights {
    private final ResidualAdapter adapter;

    Residual(Weights base, ResidualAdapter adapter, ComputeDtype dtype, NDManager manager) {
      super(base, dtype, false, manager);
      this.adapter = adapter;
    }

    @Override
    Optional<ResidualAdapter> residual() {
      return Optional.of(adapter);
    }

    @Override
    Map<String, NDArray> parameters() {
      return adapter.byName();
    }

    /** The kernels read the factors themselves. */
    @Override
    void refresh() {}

    @Override
    Buffers newBuffers(NDManager parent) {
      List<NDArray> zeros = new ArrayList<>();
      for (NDArray factor : adapter.residual().factors()) {
        zeros.add(parent.zeros(factor.getShape()));
      }
      List<NDArray> frozen = FusedWeights.frozen(parent, master.size());
      return new Buffers(Gradients.ofResidual(frozen, adapter.residual(), zeros), zeros);
    }

    @Override
    Weights snapshot(NDManager parent) {
      try (NDManager scratch = manager.newSubManager()) {
        return Weights.copyOf(config, master.views(scratch), parent);
      }
    }

    /** The adapter is a part of the policy and is published with it. */
    @Override
    void save(Path directory) {}

    @Override
    public void close() {
      adapter.close();
      super.close();
    }
  }
}
