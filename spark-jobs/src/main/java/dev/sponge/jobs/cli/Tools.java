package dev.sponge.jobs.cli;

import java.nio.file.Path;
import java.util.Optional;
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
   * @param json whether as JSON
   */
  int lineage(StageContext context, OptionalInt policyVersion, boolean json);

  /** Computes a committed step again and compares; {@link Sponge#FAILED} where it differs. */
  int replay(StageContext context, ReplayRequest request);

  /**
   * How a step is computed again.
   *
   * @param keep absolute directory for the computed checkpoint
   * @param anyEngine whether another engine than that of the step will do
   */
  record ReplayRequest(int step, Optional<Path> keep, boolean anyEngine) {}

  /** Prints the rollouts that moved a step most. */
  int why(StageContext context, int step, int top);

  /**
   * Judges stored rollouts anew.
   *
   * @param verifier {@code id@version}
   * @param allRuns every run in place of the context's
   */
  int rescore(StageContext context, String verifier, boolean allRuns);

  /**
   * What is to be forgotten.
   *
   * @param reason kept in table recalls
   * @param dryRun only report
   */
  record Recall(String promptId, String reason, boolean dryRun) {}

  /** Deletes a prompt and what hangs on it from the tables of all runs. */
  int forget(StageContext context, Recall recall);
}
