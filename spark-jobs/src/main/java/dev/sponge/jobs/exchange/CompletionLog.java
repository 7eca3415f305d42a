package dev.sponge.jobs.exchange;

import static org.apache.spark.sql.functions.expr;

import dev.sponge.jobs.cli.Tools.ImportFormat;
import dev.sponge.jobs.table.Reward;
import dev.sponge.rl.UserError;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;

/**
 * Completions that another tool logged, brought to the same columns.
 *
 * @param rows of {@link #COLUMNS}, checked
 * @param verifier who gave the scores
 */
record CompletionLog(Dataset<Row> rows, String verifier) {
  /** Name and type of what every format is brought to. */
  static final List<String> COLUMNS =
      List.of(
          "policy_version int",
          "prompt string",
          "prompt_ids array<int>",
          "answer string",
          "response string",
          "response_ids array<int>",
          "logprobs array<float>",
          "kept_logmass array<float>",
          "finish_reason string",
          "temperature double",
          "score double");

  private static final String CORRUPT = "_corrupt";

  /** What verl writes of a rollout, and what {@link ExportJob} adds. */
  private static final String VERL_SCHEMA =
      "input string, output string, gts string, score double, step bigint, prompt_ids array<int>,"
          + " response_ids array<int>, rollout_log_probs array<double>, temperature double,"
          + " finish_reason string, "
          + CORRUPT
          + " string";

  /** Columns of a log of TRL that are no reward. */
  private static final Set<String> TRL_OTHERS = Set.of("step", "prompt", "completion", "advantage");

  /** A log-prob above 0 by more than rounding is no log-prob. */
  private static final double ROUNDING = 1e-4;

  /**
   * @param path file or directory
   * @param reward column of TRL's log that holds the reward; empty for the only one
   * @throws UserError naming the first row that cannot be used, before anything is written
   */
  static CompletionLog read(
      SparkSession spark, ImportFormat format, String path, Optional<String> reward) {
    requireThere(spark, path);
    try {
      CompletionLog log =
          switch (format) {
            case VERL -> verl(spark, path);
            case TRL -> trl(spark, path, reward);
            case SPONGE -> sponge(spark, path);
          };
      log.check(path);
      return log;
    } catch (Exception e) {
      // Spark throws the checked AnalysisException without declaring it.
      if (e instanceof AnalysisException) {
        String cause = e.getMessage().strip().lines().findFirst().orElse("");
        throw new UserError(
            "%s is no rollout log of format %s: %s".formatted(path, format.label(), cause), e);
      }
      throw e;
    }
  }

  private static void requireThere(SparkSession spark, String path) {
    Path source = new Path(path);
    try {
      FileSystem files = source.getFileSystem(spark.sessionState().newHadoopConf());
      if (!files.exists(source)) {
        throw new UserError(path + " does not exist; name a file or directory of rollouts.");
      }
    } catch (java.io.IOException e) {
      throw new UserError(path + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static CompletionLog verl(SparkSession spark, String path) {
    Dataset<Row> lines =
        spark
            .read()
            .schema(VERL_SCHEMA)
            .option("columnNameOfCorruptRecord", CORRUPT)
            .option("pathGlobFilter", "*.jsonl")
            .json(path);
    // Spark refuses a query of the corrupt column alone.
    List<Row> corrupt =
        lines.where(CORRUPT + " is not null").select(CORRUPT, "input").limit(1).collectAsList();
    if (!corrupt.isEmpty()) {
      throw new UserError(
          "%s holds a line that is no verl rollout: %s"
              .formatted(path, shortened(corrupt.get(0).getString(0))));
    }
    return new CompletionLog(
        select(
            lines,
            "step - 1",
            "input",
            "prompt_ids",
            "gts",
            "output",
            "response_ids",
            "rollout_log_probs",
            "null",
            "finish_reason",
            "temperature",
            "score"),
        "verl-score");
  }

  private static CompletionLog trl(SparkSession spark, String path, Optional<String> reward) {
    Dataset<Row> rows = spark.read().option("pathGlobFilter", "*.parquet").parquet(path);
    for (String text : List.of("prompt", "completion")) {
      if (!rows.schema().apply(text).dataType().equals(DataTypes.StringType)) {
        throw new UserError(
            "%s: column %s is %s; only logs with text are read"
                .formatted(path, text, rows.schema().apply(text).dataType().simpleString()));
      }
    }
    String column = reward(rows, path, reward);
    return new CompletionLog(
        select(
            rows,
            "step",
            "prompt",
            "null",
            "null",
            "completion",
            "null",
            "null",
            "null",
            "null",
            "null",
            "`" + column + "`"),
        "trl-" + column);
  }

  private static String reward(Dataset<Row> rows, String path, Optional<String> wanted) {
    List<String> candidates =
        Arrays.stream(rows.schema().fields())
            .filter(field -> field.dataType() instanceof NumericType)
            .map(StructField::name)
            .filter(name -> !TRL_OTHERS.contains(name))
            .filter(name -> wanted.isEmpty() || wanted.get().equals(name))
            .toList();
    if (candidates.size() != 1) {
      throw new UserError(
          "%s has the reward columns %s%s; name one with --reward COLUMN."
              .formatted(
                  path, candidates, wanted.map(name -> " (asked for: " + name + ")").orElse("")));
    }
    return candidates.get(0);
  }

  private static CompletionLog sponge(SparkSession spark, String path) {
    Dataset<Row> prompts =
        spark.read().parquet(path + "/prompts").selectExpr("prompt_id", "prompt", "answer");
    Dataset<Row> rollouts = spark.read().parquet(path + "/rollouts").join(prompts, "prompt_id");
    return new CompletionLog(
        select(
            rollouts,
            "policy_version",
            "prompt",
            "prompt_ids",
            "answer",
            "response_text",
            "response_ids",
            "behaviour_logprobs",
            "kept_logmass",
            "finish_reason",
            "temperature",
            "null"),
        "none");
  }

  private static Dataset<Row> select(Dataset<Row> rows, String... expressions) {
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < expressions.length; i++) {
      String[] column = COLUMNS.get(i).split(" ", 2);
      columns.add(expr("cast(" + expressions[i] + " as " + column[1] + ")").alias(column[0]));
    }
    return rows.select(columns.toArray(Column[]::new));
  }

  /** Why a row cannot be used; NULL where it can. The first rule that it breaks. */
  private static final String PROBLEM =
      """
      case
        when policy_version is null or policy_version < 0 then 'its step is missing or out of range'
        when prompt is null or trim(prompt) = '' then 'its prompt is empty'
        when response is null then 'it has no response'
        when logprobs is not null and response_ids is null then 'it has log-probs but no token ids'
        when logprobs is not null and size(response_ids) <> size(logprobs) then
          concat('it has ', size(response_ids), ' token ids but ', size(logprobs), ' log-probs')
        when exists(logprobs, x -> x is null or isnan(x) or x > %s or x < -3.0e38) then
          'a log-prob is not a number of at most 0'
        when exists(response_ids, x -> x is null or x < 0) or exists(prompt_ids, x -> x is null or x < 0)
          then 'a token id is negative'
        when finish_reason not in ('stop', 'length') then 'its finish_reason is neither stop nor length'
        when isnan(score) or abs(score) > %s then 'its score is not a finite number of at most a million'
        when temperature < 0 or isnan(temperature) then 'its temperature is negative'
      end"""
          .formatted(ROUNDING, Reward.LARGEST);

  private void check(String path) {
    List<Row> bad =
        rows.select(
                expr(PROBLEM).alias("problem"),
                expr("policy_version").alias("version"),
                expr("prompt").alias("prompt"))
            .where("problem is not null")
            .limit(1)
            .collectAsList();
    if (!bad.isEmpty()) {
      Row row = bad.get(0);
      throw new UserError(
          "%s: the rollout of version %s, prompt '%s', cannot be imported: %s; nothing is written."
              .formatted(path, row.get(1), shortened("" + row.get(2)), row.getString(0)));
    }
    if (rows.isEmpty()) {
      throw new UserError(path + " holds no rollouts.");
    }
  }

  private static String shortened(String text) {
    String line = text.strip().replace("\n", "\\n");
    return line.length() > 80 ? line.substring(0, 77) + "..." : line;
  }
}
