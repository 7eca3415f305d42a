package dev.sponge.rl.training;

import dev.sponge.rl.SpongeException;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.model.TokenSequence;
import dev.sponge.rl.tensor.TorchEngine;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Scores sequences under one frozen policy on several threads. Batches are made of sequences of
 * like length; which batch a sequence stands in depends on the sequences alone.
 */
public final class AnchorScorer implements AutoCloseable {
  private final ExecutorService threads;
  private final int batchSize;

  /**
   * @param workers threads
   * @param batchSize sequences in one forward pass
   */
  public AnchorScorer(int workers, int batchSize) {
    this.batchSize = batchSize;
    threads =
        Executors.newFixedThreadPool(
            workers,
            task -> {
              Thread thread = new Thread(task, "sponge-scorer");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * @return (C) log-probs of every sequence, in the order given
   */
  public List<float[]> score(CausalLm model, List<? extends TokenSequence> sequences) {
    List<Integer> order =
        IntStream.range(0, sequences.size())
            .boxed()
            .sorted(
                Comparator.comparingInt(
                    i ->
                        sequences.get(i).promptIds().length
                            + sequences.get(i).responseIds().length))
            .toList();
    List<Future<List<CausalLm.Scored>>> pending = new ArrayList<>();
    for (int from = 0; from < order.size(); from += batchSize) {
      List<Integer> part = order.subList(from, Math.min(order.size(), from + batchSize));
      List<TokenSequence> batch = new ArrayList<>();
      part.forEach(i -> batch.add(sequences.get(i)));
      pending.add(
          threads.submit(
              () -> {
                TorchEngine.prepareThread();
                return model.score(batch, batchSize);
              }));
    }
    float[][] result = new float[sequences.size()][];
    int at = 0;
    for (Future<List<CausalLm.Scored>> future : pending) {
      for (CausalLm.Scored scored : await(future)) {
        result[order.get(at++)] = scored.logprobs();
      }
    }
    return List.of(result);
  }

  private static List<CausalLm.Scored> await(Future<List<CausalLm.Scored>> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SpongeException("scoring was interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new SpongeException("scoring failed: " + e.getCause(), e);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
