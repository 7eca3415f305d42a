package dev.sponge.jobs.cli;

import dev.sponge.jobs.config.StudyConfig;
import dev.sponge.jobs.report.Console;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * What the subcommands do, over one work directory. A stage does exactly the next uncommitted piece
 * of work. Every method may throw {@link dev.sponge.rl.UserError} (exit code 2) and {@link
 * dev.sponge.rl.SpongeException} (exit code 1), and leaves the tables readable however it ends.
 */
public interface Stages {
  /** How a stage ended. */
  enum Outcome {
    DONE,
    /** The tables already hold what the stage would write. */
    NOTHING_TO_DO
  }

  /** Writes the prompts table. */
  Outcome prepare(StageContext context);

  /** Makes policy version 0: the finetuned fresh policy, or the given model directory. */
  Outcome bootstrap(StageContext context);

  /** Samples and verifies the fresh rollouts of the next outer step. */
  Outcome rollout(StageContext context);

  /** Trains the next outer step from the tables. */
  Outcome train(StageContext context);

  /** Writes the incarnation row that training past step T needs. */
  Outcome reincarnate(StageContext context);

  /** Evaluates the newest policy. */
  Outcome evaluate(StageContext context);

  /** Loops the stages to {@code run.steps}, from where the tables end. */
  Outcome run(StageContext context);

  /** Prepares, bootstraps, runs and reports, in one application. */
  Outcome quickstart(StageContext context);

  /** Does the runs that a study lacks, and writes its report. */
  Outcome study(StudyContext context);

  /**
   * What a study is called with.
   *
   * @param work where runs keep their tables
   * @param out directory of curves and report
   * @param reportOnly run nothing
   */
  record StudyContext(
      Path work, Path out, StudyConfig study, boolean reportOnly, Console console) {}

  /** What is asked of the tables beside the stages. */
  Tools tools();

  /**
   * Queries the tables of the work directory.
   *
   * @return one result a query
   */
  List<SqlResult> sql(StageContext context, SqlRequest request);

  /**
   * What is queried.
   *
   * @param queries Spark SQL queries over the table names
   * @param limit most rows to return for each
   * @param step whose view of the tables is queried; empty for the tables as they are
   */
  record SqlRequest(List<String> queries, int limit, OptionalInt step) {}

  /**
   * Rows of a query, as text.
   *
   * @param columns column names
   * @param rows cells, as many per row as columns; {@code NULL} for null
   * @param truncated whether the query has more rows
   */
  record SqlResult(List<String> columns, List<List<String>> rows, boolean truncated) {}
}
