package dev.sponge.rl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.model.Critic;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.model.TokenBatch;
import dev.sponge.rl.model.ValueHead;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.FusedWeights;
import dev.sponge.rl.tensor.ValueKernels;
import dev.sponge.rl.tensor.ValueKernels.Forward;
import dev.sponge.rl.tensor.ValueKernels.Gradients;
import dev.sponge.rl.tensor.ValueKernels.States;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the critic's optimiser changes: a backbone of its own and a value head, or the head alone on
 * the policy's stream, which gets no gradient from it.
 */
public final class TrainedCritic implements AutoCloseable {
  private final ModelConfig config;
  private final NDManager manager;
  private final FusedWeights master;
  private final FusedWeights compute;
  private final ValueHead head;
  private final boolean shared;
  private final Map<String, NDArray> parameters = new LinkedHashMap<>();

  private TrainedCritic(
      Weights backbone, ValueHead head, boolean shared, ComputeDtype dtype, NDManager parent) {
    config = backbone.config();
    manager = parent.newSubManager();
    this.shared = shared;
    this.head = head.copy(manager);
    compute = FusedWeights.copyOf(manager, config.shape(), backbone.tensors(), dtype);
    if (shared) {
      master = compute;
    } else {
      master =
          dtype == ComputeDtype.FLOAT32
              ? compute
              : FusedWeights.copyOf(
                  manager, config.shape(), backbone.tensors(), ComputeDtype.FLOAT32);
      List<NDArray> views = master.views(manager);
      int index = 0;
      for (String name : backbone.byName().keySet()) {
        parameters.put(name, views.get(index++));
      }
    }
    parameters.putAll(this.head.byName());
  }

  /**
   * Backbone and head are trained, in float32; the products of the backbone read a copy of it in
   * the compute dtype.
   *
   * @param initial copied, not changed
   */
  public static TrainedCritic own(Critic initial, ComputeDtype dtype, NDManager parent) {
    return new TrainedCritic(initial.backbone(), initial.head(), false, dtype, parent);
  }

  /**
   * The head alone is trained; the policy's stream enters it detached.
   *
   * @param policy copied; {@link CriticTrainer#follow} brings newer ones
   * @param head copied, not changed
   */
  public static TrainedCritic shared(
      Weights policy, ValueHead head, ComputeDtype dtype, NDManager parent) {
    return new TrainedCritic(policy, head, true, dtype, parent);
  }

  ModelConfig config() {
    return config;
  }

  boolean isShared() {
    return shared;
  }

  ValueHead head() {
    return head;
  }

  /** What the optimiser changes in place, float32 by name. */
  Map<String, NDArray> parameters() {
    return parameters;
  }

  /** Makes the weights that products read follow the parameters. */
  void refresh() {
    if (compute != master) {
      compute.set(master);
    }
  }

  void follow(Weights policy) {
    if (!shared) {
      throw new IllegalStateException("this critic has a backbone of its own");
    }
    if (!policy.config().equals(config)) {
      throw new IllegalArgumentException("the policy has another configuration than the critic's");
    }
    try (NDManager scratch = manager.newSubManager()) {
      compute.set(
          FusedWeights.copyOf(scratch, config.shape(), policy.tensors(), ComputeDtype.FLOAT32));
    }
  }

  Critic snapshot(NDManager parent) {
    if (shared) {
      throw new IllegalStateException("this critic has no backbone of its own");
    }
    List<NDArray> backbone =
        config.parameterShapes().keySet().stream().map(parameters::get).toList();
    return new Critic(Weights.copyOf(config, backbone, parent), head.copy(parent));
  }

  void save(Path directory) {
    if (shared) {
      head.save(directory);
      return;
    }
    try (NDManager scratch = manager.newSubManager();
        Critic critic = snapshot(scratch)) {
      critic.save(directory);
    }
  }

  /** Kernels with gradient buffers of their own, owned by the manager. */
  Worker newWorker(TrainerSettings settings, NDManager own) {
    ValueKernels.Options options =
        new ValueKernels.Options(
            settings.dtype(), settings.activationCheckpointing(), !own.getDevice().isGpu());
    ValueKernels.Head zeros =
        new ValueKernels.Head(
            own.zeros(head.head().weight().getShape()), own.zeros(head.head().bias().getShape()));
    List<NDArray> byParameter = new ArrayList<>();
    Gradients gradients = Gradients.ofHead(zeros);
    if (!shared) {
      FusedWeights buffers = master.zeros(own);
      gradients = Gradients.of(buffers, zeros);
      byParameter.addAll(buffers.views(own));
    }
    byParameter.add(zeros.weight());
    byParameter.add(zeros.bias());
    ValueKernels kernels =
        new ValueKernels(own, config.shape(), options, compute, head.head(), gradients);
    return new Worker(kernels, byParameter);
  }

  /** One worker's share; values (B, C) are what a loss reads. */
  record Worker(ValueKernels kernels, List<NDArray> gradients)
      implements ParallelGradients.Model<NDArray> {

    /** Values (B, C). */
    NDArray score(TokenBatch batch, NDManager scratch) {
      return kernels.score(scratch, new States(batch.ids(), batch.at()));
    }

    @Override
    public ParallelGradients.Pass<NDArray> forward(TokenBatch batch, NDManager scratch) {
      States states = new States(batch.ids(), batch.at());
      Forward forward = kernels.forward(scratch, states);
      return new ValuePass(
          kernels, states, forward, ParallelGradients.leaf(forward.values(), scratch));
    }
  }

  private record ValuePass(ValueKernels kernels, States states, Forward forward, NDArray leaves)
      implements ParallelGradients.Pass<NDArray> {
    @Override
    public void backward(NDManager scratch) {
      kernels.backward(states, forward, ParallelGradients.gradient(leaves, scratch));
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
