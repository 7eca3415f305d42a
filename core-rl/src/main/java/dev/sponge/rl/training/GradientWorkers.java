package dev.sponge.rl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.model.TokenBatch;
import dev.sponge.rl.tensor.DecoderKernels.TokenLogprobs;
import dev.sponge.rl.tensor.LogitRows;
import dev.sponge.rl.tensor.OptimizerKernels;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.tensor.TrainingKernels;
import dev.sponge.rl.tensor.TrainingKernels.Forward;
import dev.sponge.rl.tensor.TrainingKernels.Tokens;
import dev.sponge.rl.training.TrainedWeights.Buffers;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Computes the gradient of a minibatch on several threads. Micro-batch i belongs to worker i modulo
 * the number of workers and every worker adds up its own in order, so the sum depends on the number
 * of workers and on nothing else.
 */
final class GradientWorkers implements AutoCloseable {
  private final ExecutorService threads;
  private final NDManager manager;
  private final List<Worker> workers = new ArrayList<>();

  /** Kernels that read the shared weights, with gradient buffers of their own. */
  private record Worker(TrainingKernels kernels, Buffers buffers, NDManager manager) {}

  /**
   * What one micro-batch computes.
   *
   * @param <T> what it reports
   */
  interface MicroBatch<T> {
    /** The sequences. */
    TokenBatch batch(NDManager scratch);

    /**
     * @param trained log-probs and entropy of pi_theta, leaves of autograd
     * @param scratch owner of everything computed here
     */
    LossAnd<T> loss(TokenLogprobs trained, TokenBatch batch, NDManager scratch);
  }

  /**
   * @param loss scalar with gradient: the micro-batch's share of the minibatch loss
   * @param report computed before the backward pass
   */
  record LossAnd<T>(NDArray loss, T report) {}

  GradientWorkers(TrainedWeights weights, TrainerSettings settings, NDManager parent) {
    int count = settings.workers();
    manager = parent.newSubManager();
    threads =
        Executors.newFixedThreadPool(
            count,
            task -> {
              Thread thread = new Thread(task, "sponge-gradient");
              thread.setDaemon(true);
              return thread;
            });
    for (int i = 0; i < count; i++) {
      NDManager own = manager.newSubManager();
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
      workers.add(new Worker(kernels, buffers, own));
    }
  }

  /**
   * Adds up the gradients of all micro-batches into what {@link #gradients} returns.
   *
   * @return the reports in the order of the micro-batches
   * @throws SpongeException when a loss is not finite; the message names the micro-batch
   */
  <T> List<T> run(List<? extends MicroBatch<T>> microBatches) {
    List<Future<List<T>>> pending = new ArrayList<>();
    for (int w = 0; w < workers.size(); w++) {
      int first = w;
      pending.add(threads.submit(() -> runShare(microBatches, first)));
    }
    List<List<T>> shares = new ArrayList<>();
    RuntimeException failure = null;
    for (Future<List<T>> future : pending) {
      try {
        shares.add(future.get());
      } catch (ExecutionException e) {
        failure = failure == null ? asRuntime(e.getCause()) : failure;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        failure = new SpongeException("training was interrupted", e);
      }
    }
    if (failure != null) {
      throw failure;
    }
    List<T> reports = new ArrayList<>();
    for (int i = 0; i < microBatches.size(); i++) {
      reports.add(shares.get(i % workers.size()).get(i / workers.size()));
    }
    return reports;
  }

  private <T> List<T> runShare(List<? extends MicroBatch<T>> microBatches, int first) {
    TorchEngine.prepareThread();
    Worker worker = workers.get(first);
    List<T> reports = new ArrayList<>();
    for (int i = first; i < microBatches.size(); i += workers.size()) {
      try (NDManager scratch = worker.manager().newSubManager()) {
        reports.add(runOne(worker, microBatches.get(i), i, scratch));
      }
    }
    return reports;
  }

  private static <T> T runOne(
      Worker worker, MicroBatch<T> microBatch, int index, NDManager scratch) {
    TokenBatch batch = microBatch.batch(scratch);
    Tokens tokens = new Tokens(batch.ids(), batch.at(), batch.targets(), batch.temperature());
    Forward forward = worker.kernels().forward(scratch, tokens);
    TokenLogprobs leaves =
        new TokenLogprobs(
            leaf(forward.logprobs().logprobs(), scratch),
            leaf(forward.logprobs().entropy(), scratch));
    T report;
    JniUtils.setGradMode(true);
    try {
      LossAnd<T> result = microBatch.loss(leaves, batch, scratch);
      float loss = result.loss().getFloat();
      if (!Float.isFinite(loss)) {
        throw new NonFiniteLossException(index, loss);
      }
      NDArray one = scratch.ones(result.loss().getShape());
      JniUtils.backward((PtNDArray) result.loss(), (PtNDArray) one, false, false);
      report = result.report();
    } finally {
      JniUtils.setGradMode(false);
    }
    worker
        .kernels()
        .backward(
            tokens,
            forward,
            new TokenLogprobs(
                gradient(leaves.logprobs(), scratch), gradient(leaves.entropy(), scratch)));
    return report;
  }

  /** A kernel's result may not enter autograd: the objective gets a copy. */
  private static NDArray leaf(NDArray result, NDManager scratch) {
    NDArray leaf = scratch.create(FloatBuffer.wrap(result.toFloatArray()), result.getShape());
    leaf.setRequiresGradient(true);
    return leaf;
  }

  private static NDArray gradient(NDArray leaf, NDManager scratch) {
    NDArray gradient = leaf.getGradient();
    gradient.attach(scratch);
    return gradient;
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

  private static RuntimeException asRuntime(Throwable cause) {
    return cause instanceof RuntimeException known
        ? known
        : new SpongeException("a gradient worker failed: " + cause, cause);
  }

  /** The sum over all workers, in the order of the parameters; valid until the next run. */
  List<NDArray> gradients(OptimizerKernels kernels) {
    List<NDArray> total = workers.get(0).buffers().byParameter();
    for (int w = 1; w < workers.size(); w++) {
      kernels.accumulate(total, workers.get(w).buffers().byParameter());
    }
    return total;
  }

  /** Sets all gradients to zero. */
  void zero(OptimizerKernels kernels) {
    for (Worker worker : workers) {
      kernels.zero(worker.buffers().byParameter());
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    manager.close();
  }
}
