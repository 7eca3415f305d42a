package dev.sponge.rl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.tensor.OptimizerKernels;
import dev.sponge.rl.tensor.TorchEngine;
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

  /** Leaves that share the parameters' memory, with gradients of their own. */
  private record Worker(List<NDArray> leaves, CausalLm model, NDManager manager) {}

  /**
   * What one micro-batch computes.
   *
   * @param <T> what it reports
   */
  @FunctionalInterface
  interface MicroBatch<T> {
    /**
     * @param model the trained policy, with autograd
     * @param scratch owner of everything computed here
     */
    LossAnd<T> compute(CausalLm model, NDManager scratch);
  }

  /**
   * @param loss scalar with gradient: the micro-batch's share of the minibatch loss
   * @param report computed before the backward pass
   */
  record LossAnd<T>(NDArray loss, T report) {}

  GradientWorkers(ModelConfig config, List<NDArray> parameters, int count, NDManager parent) {
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
      List<NDArray> leaves = new ArrayList<>();
      for (NDArray parameter : parameters) {
        NDArray leaf = parameter.stopGradient();
        leaf.attach(own);
        leaf.setRequiresGradient(true);
        leaves.add(leaf);
      }
      workers.add(new Worker(leaves, new CausalLm(config, leaves, own), own));
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
    JniUtils.setGradMode(true);
    Worker worker = workers.get(first);
    List<T> reports = new ArrayList<>();
    for (int i = first; i < microBatches.size(); i += workers.size()) {
      try (NDManager scratch = worker.manager().newSubManager()) {
        LossAnd<T> result = microBatches.get(i).compute(worker.model(), scratch);
        float loss = result.loss().getFloat();
        if (!Float.isFinite(loss)) {
          throw new NonFiniteLossException(i, loss);
        }
        NDArray one = scratch.ones(result.loss().getShape());
        JniUtils.backward((PtNDArray) result.loss(), (PtNDArray) one, false, false);
        reports.add(result.report());
      }
    }
    return reports;
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

  /**
   * The sum over all workers, in the order of the parameters.
   *
   * @param out owner of the handles
   */
  List<NDArray> gradients(OptimizerKernels kernels, NDManager out) {
    List<NDArray> total = handles(workers.get(0), out);
    for (int w = 1; w < workers.size(); w++) {
      kernels.accumulate(total, handles(workers.get(w), out));
    }
    return total;
  }

  /** Sets all gradients to zero. */
  void zero(OptimizerKernels kernels) {
    try (NDManager scratch = manager.newSubManager()) {
      for (Worker worker : workers) {
        kernels.zero(handles(worker, scratch));
      }
    }
  }

  private static List<NDArray> handles(Worker worker, NDManager out) {
    List<NDArray> gradients = new ArrayList<>();
    for (NDArray leaf : worker.leaves()) {
      NDArray gradient = leaf.getGradient();
      gradient.attach(out);
      gradients.add(gradient);
    }
    return gradients;
  }

  @Override
  public void close() {
    threads.shutdownNow();
    manager.close();
  }
}
