package dev.sponge.jobs.loop;

import dev.sponge.jobs.rollout.RolloutJob;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.training.FreshRollouts;
import dev.sponge.rl.SpongeException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.apache.spark.SparkContext;

/**
 * The rollouts of pi_k, made by a thread of their own while step k trains. Closing it ends the
 * thread: what is committed stays, and the rest is given up.
 */
final class BackgroundRollouts implements FreshRollouts, AutoCloseable {
  /** Seconds that the step waited for its rollouts. */
  static final String WAIT = "wait";

  /** Seconds of the rollouts that passed while the step did something else. */
  static final String HIDDEN = "hidden";

  private final RunContext run;
  private final SparkContext spark;
  private final String jobs = "rollouts-" + UUID.randomUUID();
  private final Times spent = new Times();
  private final FutureTask<Void> work;
  private final Thread thread;
  private volatile double wall;
  private double waited;
  private Lakehouse arrived;

  /** Begins with what is missing of the state's step. */
  BackgroundRollouts(RunContext run, RunState state) {
    this.run = run;
    spark = run.spark().sc();
    work =
        new FutureTask<>(
            () -> {
              spark.setJobGroup(jobs, "rollouts of step " + state.step(), false);
              new RolloutJob(run).run(state, spent);
              wall = spent.elapsed();
              return null;
            });
    thread = new Thread(work, "sponge-rollouts");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void check() {
    if (work.isDone()) {
      await();
    }
  }

  @Override
  public void await() {
    long start = System.nanoTime();
    try {
      work.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SpongeException("the rollouts were interrupted; the same command goes on", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new SpongeException("the rollouts failed: " + e.getCause(), e);
    } finally {
      waited += (System.nanoTime() - start) / 1e9;
    }
  }

  @Override
  public Lakehouse arrived(Lakehouse before) {
    await();
    if (arrived == null) {
      arrived = run.lakehouse().frozen();
    }
    return arrived;
  }

  @Override
  public Map<String, Double> seconds() {
    Map<String, Double> seconds = spent.asMap();
    seconds.put(WAIT, waited);
    seconds.put(HIDDEN, Math.max(0, wall - waited));
    return seconds;
  }

  @Override
  public void close() {
    if (!work.isDone()) {
      // A job that the thread has not begun yet would escape cancelJobGroup.
      spark.cancelJobGroupAndFutureJobs(jobs);
    }
    boolean interrupted = Thread.interrupted();
    try {
      thread.join();
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
