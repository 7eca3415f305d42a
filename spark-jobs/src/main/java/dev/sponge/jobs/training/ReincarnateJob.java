package dev.sponge.jobs.training;

import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunPlan;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.table.Incarnation;
import dev.sponge.rl.training.ReMixSchedule;
import java.time.Instant;

/** Policy reincarnation: pi_T becomes the base, and history before version T is forgotten. */
public final class ReincarnateJob {
  private final RunContext run;
  private final ReMixSchedule schedule;

  public ReincarnateJob(RunContext run) {
    this.run = run;
    schedule = RunPlan.schedule(run.config());
  }

  /** Whether the next step is T and its row is missing. */
  public boolean isDue(RunState state) {
    return schedule.reincarnatesAt(state.step())
        && state.incarnation().map(i -> i.atStep() != state.step()).orElse(true);
  }

  /** Writes the row. */
  public void run(RunState state) {
    int step = state.step();
    Incarnation row =
        new Incarnation(
            run.runId(), state.incarnationNumber() + 1, step, step, step, Instant.now());
    run.lakehouse().incarnations().append(row);
  }
}
