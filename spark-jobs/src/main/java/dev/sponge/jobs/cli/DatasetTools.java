package dev.sponge.jobs.cli;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code sponge dataset} asks of the prompts of a work directory. Every method returns the
 * exit code of its command and may throw {@link dev.sponge.rl.UserError} (exit code 2) and {@link
 * dev.sponge.rl.SpongeException} (exit code 1).
 */
public interface DatasetTools {
  /** What {@link #importPrompts} reads. */
  enum Format {
    /** DeepScaleR-Preview: problem, answer, solution. */
    DEEPSCALER,
    /** MATH and MATH500: problem and answer, or problem and a solution with a box. */
    MATH,
    /** GSM8K: question, and an answer that ends with a line of four hashes. */
    GSM8K,
    /** OlympiadBench: question and a list of final answers. */
    OLYMPIADBENCH,
    /** Minerva: problem and a list of accepted answers. */
    MINERVA,
    /** AIME: problem and an integer. */
    AIME,
    /** AMC: problem and a number. */
    AMC,
    /** JSON lines with fields of the usual names, or named by the user. */
    JSONL,
    /** Parquet files with the columns prompt or problem, and answer. */
    PARQUET,
    /** Parquet files of Hugging Face's data sets, with the fields of one of the formats above. */
    HF_PARQUET,
    /** Parquet files that verl trains on. */
    VERL_PARQUET;

    /** How the command line names it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * A data set to be imported.
   *
   * @param path file, or directory of files
   * @param split train or test; empty for that of the format
   * @param source name of the data set; empty for that of the format
   * @param fields names of the fields by what they hold (problem, answer, id, difficulty, subject)
   * @param strict whether a row that cannot be imported ends the command
   */
  record PromptImport(
      Format format,
      String path,
      Optional<String> split,
      Optional<String> source,
      Map<String, String> fields,
      boolean strict) {
    public PromptImport {
      fields = Map.copyOf(fields);
    }
  }

  /** Takes a data set into table prompts; what cannot be taken goes to prompts_rejected. */
  int importPrompts(StageContext context, PromptImport request);
}
