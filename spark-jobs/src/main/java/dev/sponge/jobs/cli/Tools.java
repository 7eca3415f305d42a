package dev.sponge.jobs.cli;

import dev.sponge.jobs.config.MaintenanceSettings;
import java.util.OptionalInt;

/**
 * What is asked of the tables of a work directory beside the stages of a run. Every method returns
 * the exit code of its command and may throw {@link dev.sponge.rl.UserError} (exit code 2) and
 * {@link dev.sponge.rl.SpongeException} (exit code 1).
 */
public interface Tools {
  /**
   * Prints where a policy comes from.
   *
   * @param policyVersion of the run; empty for the newest
   */
  int lineage(StageContext context, OptionalInt policyVersion);

  /**
   * Writes the script of the SQL views and prints their names.
   *
   * @param save whether to write each view as a Delta table too
   */
  int views(StageContext context, boolean save);

  /** Compacts tables and removes what is not needed. */
  int maintain(StageContext context, MaintenanceSettings settings);
}
