package dev.sponge.rl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.model.TokenBatch;
import dev.sponge.rl.model.TokenSequence;
import dev.sponge.rl.objective.VocabularyKl;
import dev.sponge.rl.tensor.DecoderKernels.TokenLogprobs;
import dev.sponge.rl.tensor.LogitRows;
import dev.sponge.rl.tensor.OptimizerKernels;
import dev.sponge.rl.tensor.TrainingKernels;
import dev.sponge.rl.tensor.TrainingKernels.Forward;
import dev.sponge.rl.tensor.TrainingKernels.OfDivergences;
import dev.sponge.rl.tensor.TrainingKernels.Tokens;
import dev.sponge.rl.tensor.ValueKernels.Head;
import dev.sponge.rl.training.TrainedWeights.Buffers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Computes the policy's gradient of a minibatch on several threads. */
final class GradientWorkers implements AutoCloseable {
  private final ParallelGradients<Outputs, Policy> workers;

  /**
   * What a loss reads of pi_theta.
   *
   * @param vocabularyKl where anchors were given
   * @param values (B, C) of the value head on its backbone, where there is one
   */
  record Outputs(
      TokenLogprobs tokens, Optional<VocabularyKl> vocabularyKl, Optional<NDArray> values) {}

  /**
   * What one micro-batch computes from the outputs of pi_theta.
   *
   * @param <T> what it reports
   */
  interface MicroBatch<T> extends ParallelGradients.MicroBatch<Outputs, T> {}

  /**
   * @param loss scalar with gradient: the micro-batch's share of the minibatch loss
   * @param report computed before the backward pass
   */
  record LossAnd<T>(NDArray loss, T report) {}

  /**
   * @param head on the policy's backbone, read at every call; its gradients come last
   */
  GradientWorkers(
      TrainedWeights weights, Optional<Head> head, TrainerSettings settings, NDManager parent) {
    workers =
        new ParallelGradients<>(
            settings.workers(), parent, own -> newPolicy(weights, head, settings, own));
  }

  private static Policy newPolicy(
      TrainedWeights weights, Optional<Head> head, TrainerSettings settings, NDManager own) {
    Buffers buffers = weights.newBuffers(own);
    TrainingKernels.Options options =
        new TrainingKernels.Options(
            settings.dtype(),
            settings.activationCheckpointing(),
            !own.getDevice().isGpu(),
            LogitRows.of(weights.config().vocabSize()));
    TrainingKernels kernels =
        new TrainingKernels(
            own, weights.config().shape(), options, weights.compute(), buffers.gradients());
    List<NDArray> gradients = new ArrayList<>(buffers.byParameter());
    head.ifPresent(
        values -> {
          Head zeros =
              new Head(own.zeros(values.weight().getShape()), own.zeros(values.bias().getShape()));
          kernels.bindValueHead(values, zeros);
          gradients.add(zeros.weight());
          gradients.add(zeros.bias());
        });
    return new Policy(kernels, gradients, head.isPresent(), Optional.empty());
  }

  /**
   * @param anchors whose distributions a loss compares with pi_theta's
   */
  private record Policy(
      TrainingKernels kernels,
      List<NDArray> gradients,
      boolean hasValues,
      Optional<AnchorPolicies> anchors)
      implements ParallelGradients.Model<Outputs> {
    Policy against(Optional<AnchorPolicies> others) {
      return new Policy(kernels, gradients, hasValues, others);
    }

    List<float[]> logprobs(List<? extends TokenSequence> part, NDManager scratch) {
      TokenBatch batch = TokenBatch.of(scratch, part);
      Tokens tokens = new Tokens(batch.ids(), batch.at(), batch.targets(), batch.temperature());
      float[] all = kernels.forward(scratch, tokens).logprobs().logprobs().toFloatArray();
      int c = all.length / part.size();
      List<float[]> rows = new ArrayList<>();
      for (int row = 0; row < part.size(); row++) {
        int length = part.get(row).responseIds().length;
        rows.add(Arrays.copyOfRange(all, row * c, row * c + length));
      }
      return rows;
    }

    @Override
    public ParallelGradients.Pass<Outputs> forward(TokenBatch batch, NDManager scratch) {
      Tokens tokens = new Tokens(batch.ids(), batch.at(), batch.targets(), batch.temperature());
      List<NDArray> references =
          anchors.map(policies -> policies.logprobs(scratch, batch)).orElse(List.of());
      Forward forward = kernels.forward(scratch, tokens);
      Optional<VocabularyKl> kl =
          references.isEmpty()
              ? Optional.empty()
              : Optional.of(
                  AnchorPolicies.leaves(
                      kernels.divergences(scratch, tokens, forward, references),
                      divergence -> ParallelGradients.leaf(divergence, scratch)));
      TokenLogprobs leaves =
          new TokenLogprobs(
              ParallelGradients.leaf(forward.logprobs().logprobs(), scratch),
              ParallelGradients.leaf(forward.logprobs().entropy(), scratch));
      Optional<NDArray> values =
          hasValues
              ? Optional.of(
                  ParallelGradients.leaf(kernels.values(scratch, tokens, forward), scratch))
              : Optional.empty();
      return new PolicyPass(kernels, tokens, forward, references, new Outputs(leaves, kl, values));
    }
  }

  private record PolicyPass(
      TrainingKernels kernels,
      Tokens tokens,
      Forward forward,
      List<NDArray> references,
      Outputs leaves)
      implements ParallelGradients.Pass<Outputs> {
    @Override
    public void backward(NDManager scratch) {
      TokenLogprobs gradients =
          new TokenLogprobs(
              ParallelGradients.gradient(leaves.tokens().logprobs(), scratch),
              ParallelGradients.gradient(leaves.tokens().entropy(), scratch));
      kernels.backward(
          tokens,
          forward,
          gradients,
          new OfDivergences(references, ofDivergences(scratch)),
          leaves.values().map(values -> ParallelGradients.gradient(values, scratch)));
    }

    private List<NDArray> ofDivergences(NDManager scratch) {
      if (references.isEmpty()) {
        return List.of();
      }
      VocabularyKl kl = leaves.vocabularyKl().orElseThrow();
      return (references.size() == 1 ? List.of(kl.base()) : List.of(kl.base(), kl.precedent()))
          .stream().map(leaf -> ParallelGradients.gradient(leaf, scratch)).toList();
    }
  }

  /**
   * Adds up the gradients of all micro-batches into what {@link #gradients} returns.
   *
   * @param anchors for losses that read {@link Outputs#vocabularyKl}
   * @return the reports in the order of the micro-batches
   * @throws SpongeException when training is interrupted or a worker fails
   * @throws NonFiniteLossException when a loss is not finite; names the micro-batch
   */
  <T> List<T> run(List<? extends MicroBatch<T>> microBatches, Optional<AnchorPolicies> anchors) {
    return workers.each(
        microBatches,
        (Policy policy, MicroBatch<T> microBatch, int index, NDManager scratch) ->
            ParallelGradients.runOne(policy.against(anchors), microBatch, index, scratch));
  }

  /**
   * log pi_theta as it is now, without gradient.
   *
   * @return (C) of every sequence, by micro-batch
   */
  List<List<float[]>> logprobs(List<? extends List<? extends TokenSequence>> microBatches) {
    return workers.each(
        microBatches,
        (Policy policy, List<? extends TokenSequence> part, int index, NDManager scratch) ->
            policy.logprobs(part, scratch));
  }

  /** A micro-batch's loss was NaN or infinite. */
  static final class NonFiniteLossException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int microBatch;

    NonFiniteLossException(int microBatch, float loss) {
      super("loss " + loss);
      this.microBatch = microBatch;
    }

    int microBatch() {
      return microBatch;
    }
  }

  /** The sum over all workers, in the order of the parameters; valid until the next run. */
  List<NDArray> gradients(OptimizerKernels kernels) {
    return workers.gradients(kernels);
  }

  /** Sets all gradients to zero. */
  void zero(OptimizerKernels kernels) {
    workers.zero(kernels);
  }

  @Override
  public void close() {
    workers.close();
  }
}
