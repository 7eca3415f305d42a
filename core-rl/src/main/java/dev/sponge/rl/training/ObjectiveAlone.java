package dev.sponge.rl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.model.TokenBatch;
import dev.sponge.rl.objective.BapoLoss;
import dev.sponge.rl.objective.BatchTotals;
import dev.sponge.rl.objective.ObjectiveSettings;
import dev.sponge.rl.tensor.DecoderKernels.TokenLogprobs;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.training.GradientWorkers.Outputs;
import java.util.List;
import java.util.Optional;

/**
 * What a training step computes between the log-probs of pi_theta and the gradient of the loss by
 * them: the code of the step without a model, to be measured.
 */
public final class ObjectiveAlone {
  private ObjectiveAlone() {}

  /**
   * @param data one micro-batch that is a minibatch too; log pi_k stands in for log pi_theta
   */
  public static void run(
      List<TrainingSequence> data, ObjectiveSettings settings, NDManager manager) {
    TorchEngine.prepareThread();
    ObjectiveSettings objective = settings;
    if (settings.policyLoss() instanceof BapoLoss bapo && bapo.search().isPresent()) {
      List<float[]> logprobs = data.stream().map(sequence -> sequence.anchors().current()).toList();
      TokenRatios ratios = TokenRatios.of(List.of(data), List.of(logprobs));
      objective = settings.with(bapo.at(ratios.bounds(bapo.search().get())));
    }
    long tokens = data.stream().mapToLong(sequence -> sequence.responseIds().length).sum();
    BatchTotals totals = objective.totals(tokens, data.size());
    try (NDManager scratch = manager.newSubManager()) {
      ParallelGradients.runOne(
          new NoModel(data),
          new ReMixMicroBatch(data, objective, totals, Optional.empty()),
          0,
          scratch);
    }
  }

  private record NoModel(List<TrainingSequence> data) implements ParallelGradients.Model<Outputs> {
    @Override
    public ParallelGradients.Pass<Outputs> forward(TokenBatch batch, NDManager scratch) {
      NDArray logprobs =
          Padding.rows(
              scratch, batch.mask().getShape(), data, sequence -> sequence.anchors().current());
      TokenLogprobs tokens =
          new TokenLogprobs(
              ParallelGradients.leaf(logprobs, scratch),
              ParallelGradients.leaf(batch.mask(), scratch));
      return new NoPass(new Outputs(tokens, Optional.empty(), Optional.empty()));
    }

    @Override
    public List<NDArray> gradients() {
      return List.of();
    }
  }

  private record NoPass(Outputs leaves) implements ParallelGradients.Pass<Outputs> {
    @Override
    public void backward(NDManager scratch) {
      ParallelGradients.gradient(leaves.tokens().logprobs(), scratch);
      ParallelGradients.gradient(leaves.tokens().entropy(), scratch);
    }
  }
}
