package dev.sponge.rl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.model.TokenBatch;
import dev.sponge.rl.tensor.OptimizerKernels;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.training.GradientWorkers.LossAnd;
import dev.sponge.rl.training.GradientWorkers.NonFiniteLossException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/**
 * Computes the gradient of a minibatch on several threads, whatever the model. Micro-batch i
 * belongs to worker i modulo the number of workers and every worker adds up its own in order, so
 * the sum depends on the number of workers and on nothing else.
 *
 * @param <L> what the loss reads of the model: leaves of autograd
 * @param <W> one worker's model
 */
final class ParallelGradients<L, W extends ParallelGradients.Model<L>> implements AutoCloseable {
  private final ExecutorService threads;
  private final NDManager manager;
  private final List<Worker<W>> workers = new ArrayList<>();

  private record Worker<W>(W model, NDManager manager) {}

  /** Kernels that read shared weights, with gradient buffers of their own; owned by a manager. */
  interface Model<L> {
    /** Runs the forward pass. */
    Pass<L> forward(TokenBatch batch, NDManager scratch);

    /** The gradient buffers in the order of the parameters. */
    List<NDArray> gradients();
  }

  /** A forward pass whose backward pass is to come. */
  interface Pass<L> {
    /** What the loss reads. */
    L leaves();

    /** Adds to the buffers; autograd has left the leaves their gradients. */
    void backward(NDManager scratch);
  }

  /**
   * What one micro-batch computes.
   *
   * @param <T> what it reports
   */
  interface MicroBatch<L, T> {
    /** The sequences. */
    TokenBatch batch(NDManager scratch);

    /**
     * @param scratch owner of everything computed here
     */
    LossAnd<T> loss(L leaves, TokenBatch batch, NDManager scratch);
  }

  /** What a worker does with one item. */
  @FunctionalInterface
  interface Task<W, I, R> {
    R run(W model, I item, int index, NDManager scratch);
  }

  /**
   * @param model makes one worker's, owned by the manager given
   */
  ParallelGradients(int count, NDManager parent, Function<NDManager, W> model) {
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
      workers.add(new Worker<>(model.apply(own), own));
    }
  }

  /**
   * Adds up the gradients of all micro-batches into what {@link #gradients} returns.
   *
   * @return the reports in the order of the micro-batches
   * @throws NonFiniteLossException when a loss is not finite
   */
  <T> List<T> run(List<? extends MicroBatch<L, T>> microBatches) {
    return each(microBatches, ParallelGradients::runOne);
  }

  /**
   * Runs a task for every item, with no autograd.
   *
   * @return the results in the order of the items
   */
  <I, R> List<R> each(List<? extends I> items, Task<W, I, R> task) {
    List<Future<List<R>>> pending = new ArrayList<>();
    for (int w = 0; w < workers.size(); w++) {
      int first = w;
      pending.add(threads.submit(() -> runShare(items, task, first)));
    }
    List<List<R>> shares = new ArrayList<>();
    RuntimeException failure = null;
    for (Future<List<R>> future : pending) {
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
    List<R> results = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      results.add(shares.get(i % workers.size()).get(i / workers.size()));
    }
    return results;
  }

  private <I, R> List<R> runShare(List<? extends I> items, Task<W, I, R> task, int first) {
    TorchEngine.prepareThread();
    Worker<W> worker = workers.get(first);
    List<R> results = new ArrayList<>();
    for (int i = first; i < items.size(); i += workers.size()) {
      try (NDManager scratch = worker.manager().newSubManager()) {
        results.add(task.run(worker.model(), items.get(i), i, scratch));
      }
    }
    return results;
  }

  /** Forward pass, loss and backward pass of one micro-batch. */
  static <L, T> T runOne(
      Model<L> model, MicroBatch<L, T> microBatch, int index, NDManager scratch) {
    TokenBatch batch = microBatch.batch(scratch);
    Pass<L> pass = model.forward(batch, scratch);
    T report;
    JniUtils.setGradMode(true);
    try {
      LossAnd<T> result = microBatch.loss(pass.leaves(), batch, scratch);
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
    pass.backward(scratch);
    return report;
  }

  /** A kernel's result may not enter autograd: the objective gets a copy. */
  static NDArray leaf(NDArray result, NDManager scratch) {
    NDArray leaf = scratch.create(FloatBuffer.wrap(result.toFloatArray()), result.getShape());
    leaf.setRequiresGradient(true);
    return leaf;
  }

  /** What autograd left a leaf. */
  static NDArray gradient(NDArray leaf, NDManager scratch) {
    NDArray gradient = leaf.getGradient();
    gradient.attach(scratch);
    return gradient;
  }

  private static RuntimeException asRuntime(Throwable cause) {
    return cause instanceof RuntimeException known
        ? known
        : new SpongeException("a gradient worker failed: " + cause, cause);
  }

  /** The sum over all workers, in the order of the parameters; valid until the next run. */
  List<NDArray> gradients(OptimizerKernels kernels) {
    List<NDArray> total = workers.get(0).model().gradients();
    for (int w = 1; w < workers.size(); w++) {
      kernels.accumulate(total, workers.get(w).model().gradients());
    }
    return total;
  }

  /** Sets all gradients to zero. */
  void zero(OptimizerKernels kernels) {
    for (Worker<W> worker : workers) {
      kernels.zero(worker.model().gradients());
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    manager.close();
  }
}
