package dev.sponge.jobs.cli;

import dev.sponge.jobs.config.MaintenanceSettings;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
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
   * Writes the script of the SQL views and prints their names.
   *
   * @param save whether to write each view as a Delta table too
   */
  int views(StageContext context, boolean save);

  /** Compacts tables and removes what is not needed. */
  int maintain(StageContext context, MaintenanceSettings settings);

  /** Brings the tables to the layout of this version, and prints what that took. */
  int migrate(StageContext context);

  /** What {@link #export} writes. */
  enum ExportFormat {
    /** A directory of Parquet files a table. */
    PARQUET,
    /** A directory of files with a JSON object a line, a table. */
    JSONL,
    /** As verl's trainer.rollout_data_dir: STEP.jsonl a policy version. */
    VERL;

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Writes the rows of a run that count for other tools.
   *
   * @param out directory, absent or empty
   * @param verifier NAME@VERSION whose rewards are verl's scores; empty for the only one
   */
  int export(StageContext context, ExportFormat format, String out, Optional<String> verifier);

  /** What {@link #importRollouts} reads. */
  enum ImportFormat {
    /** JSON lines of verl's trainer.rollout_data_dir. */
    VERL,
    /** Parquet files of TRL's log_completions. */
    TRL,
    /** A Parquet export of Sponge. */
    SPONGE;

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Rollouts to be imported.
   *
   * @param path file or directory
   * @param model directory of the model that sampled them; needed where token ids or log-probs are
   *     missing
   * @param reward column of TRL's log; empty for the only one
   * @param temperature of the sampler where the log does not tell it; 1 if empty
   */
  record RolloutImport(
      ImportFormat format,
      String path,
      Optional<Path> model,
      Optional<String> reward,
      OptionalDouble temperature) {}

  /** Takes rollouts of another tool as a run of their own. */
  int importRollouts(StageContext context, RolloutImport request);

  /** Proves that nothing is lost, doubled or changed, and prints what was looked at and found. */
  int fsck(StageContext context, FsckRequest request);

  /**
   * What {@code sponge fsck} is asked.
   *
   * @param run name of a run; empty for all
   * @param hashes whether checkpoints are read and compared with their hashes
   * @param repair whether what can be mended is mended
   * @param json whether one JSON object is printed
   */
  record FsckRequest(Optional<String> run, boolean hashes, boolean repair, boolean json) {}

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

  /** What is asked of the prompts of a work directory. */
  DatasetTools datasets();
}
