package dev.sponge.jobs.bench;

import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.report.Progress;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.rl.SpongeException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;

/**
 * Writes the tables of a run of many steps: the same commits as the run's own, one for each table
 * and step, without the policies between them.
 */
final class HistoryBuilder {
  private final Lakehouse lake;
  private final HistoryRows rows;
  private final Console console;

  HistoryBuilder(Lakehouse lake, HistoryRows rows, Console console) {
    this.lake = lake;
    this.rows = rows;
    this.console = console;
  }

  /** Writes steps {@code 0 .. steps-1}; the tables must be empty. */
  void build(int steps) {
    lake.prompts().append(rows.prompts());
    lake.policies().append(policy(0));
    List<IntConsumer> tables =
        List.of(
            k ->
                lake.rollouts()
                    .append(rows.run(), k, rows.rollouts(k, /* from= */ 0, rows.rollouts())),
            k ->
                lake.anchorLogprobs()
                    .append(rows.run(), k, HistoryRows.attempt(k), rows.anchors(k, List.of(k))),
            k -> lake.rewards().append(rows.run(), k, HistoryRows.VERIFIER, rows.rewards(k)),
            k ->
                lake.stepRollouts()
                    .append(rows.run(), k, HistoryRows.attempt(k), rows.stepRollouts(k)),
            k -> lake.policies().append(policy(k + 1)),
            k -> lake.trainSteps().append(rows.trainStep(k)));
    ExecutorService threads = Executors.newFixedThreadPool(tables.size());
    try (Progress progress = console.progress("history", (long) steps * tables.size(), "commits")) {
      List<Future<?>> running = new ArrayList<>();
      for (IntConsumer table : tables) {
        running.add(
            threads.submit(
                () -> {
                  for (int k = 0; k < steps && !Thread.currentThread().isInterrupted(); k++) {
                    table.accept(k);
                    progress.advance(1);
                  }
                }));
      }
      for (Future<?> table : running) {
        table.get();
      }
    } catch (ExecutionException e) {
      throw new SpongeException("The history is incomplete: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SpongeException("Interrupted; the history is incomplete.", e);
    } finally {
      threads.shutdownNow();
    }
  }

  private dev.sponge.jobs.table.Policy policy(int version) {
    String attempt = HistoryRows.attempt(Math.max(version - 1, 0));
    return rows.policy(version, lake.checkpoint(rows.run(), version, attempt));
  }
}
