package dev.sponge.jobs.provenance;

import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.rl.UserError;

/** The tables as they were. */
public final class TimeTravel {
  private TimeTravel() {}

  /**
   * The tables as a committed step saw them; see {@link Lakehouse#asOf}.
   *
   * @throws UserError if the run has not committed the step
   */
  public static Lakehouse to(Lakehouse lakehouse, String runId, int step) {
    return lakehouse.asOf(CommittedStep.require(lakehouse, runId, step));
  }
}
