package dev.sponge.jobs.run;

import dev.sponge.rl.SpongeException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Applies a function that waits for others to many items at once. */
public final class InOrder {
  private InOrder() {}

  /**
   * The results in the order of the items.
   *
   * @param atOnce threads; 1 for none beside the caller
   * @param function thread-safe; what it throws is thrown
   */
  public static <T, R> List<R> map(List<T> items, int atOnce, Function<T, R> function) {
    if (atOnce == 1) {
      return items.stream().map(function).toList();
    }
    ExecutorService pool = Executors.newFixedThreadPool(atOnce);
    try {
      List<Future<R>> futures =
          items.stream().map(item -> pool.submit(() -> function.apply(item))).toList();
      List<R> results = new ArrayList<>(items.size());
      for (Future<R> future : futures) {
        results.add(future.get());
      }
      return results;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new SpongeException("A verdict failed: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SpongeException("interrupted while waiting for verdicts", e);
    } finally {
      pool.shutdownNow();
    }
  }
}
