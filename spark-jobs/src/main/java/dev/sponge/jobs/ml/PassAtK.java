package dev.sponge.jobs.ml;

import dev.sponge.jobs.report.PassAtK.Count;
import dev.sponge.rl.UserError;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.evaluation.Evaluator;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.util.DefaultParamsReadable;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * Unbiased pass@k as an MLlib evaluator: the mean over prompts of the probability that one of k
 * responses is right, with a row a response. A response whose column {@code correctCol} is null was
 * not judged and is left out; so is a prompt with fewer than k judged responses. The tables
 * evaluation_responses, evaluation_verdicts and, joined with rollouts, rewards have such rows.
 */
public final class PassAtK extends Evaluator implements DefaultParamsWritable {
  private static final long serialVersionUID = 1;

  /** Before the parameters, which take their parent from it. */
  private final String uid;

  private final IntParam k;
  private final Param<String> promptCol;
  private final Param<String> correctCol;

  public PassAtK() {
    this(Identifiable$.MODULE$.randomUID("passAtK"));
  }

  /** For MLlib's reader. */
  public PassAtK(String uid) {
    this.uid = uid;
    k = new IntParam(uid, "k", "responses of which one must be right", ParamValidators.gtEq(1));
    promptCol = new Param<>(uid, "promptCol", "column of the prompt's id", String.class);
    correctCol =
        new Param<>(
            uid,
            "correctCol",
            "column that tells whether the response is right: boolean, or 0 and 1",
            String.class);
    setDefault(k, 1);
    setDefault(promptCol, "prompt_id");
    setDefault(correctCol, "correct");
  }

  @Override
  public String uid() {
    return uid;
  }

  public IntParam k() {
    return k;
  }

  public Param<String> promptCol() {
    return promptCol;
  }

  public Param<String> correctCol() {
    return correctCol;
  }

  public int getK() {
    return (Integer) getOrDefault(k);
  }

  public String getPromptCol() {
    return getOrDefault(promptCol);
  }

  public String getCorrectCol() {
    return getOrDefault(correctCol);
  }

  public PassAtK setK(int value) {
    set(k, value);
    return this;
  }

  public PassAtK setPromptCol(String value) {
    set(promptCol, value);
    return this;
  }

  public PassAtK setCorrectCol(String value) {
    set(correctCol, value);
    return this;
  }

  /**
   * @throws UserError if no prompt has k judged responses
   */
  @Override
  public double evaluate(Dataset<?> dataset) {
    Column correct = functions.col(getCorrectCol()).cast("int");
    List<Row> prompts =
        dataset
            .groupBy(getPromptCol())
            .agg(functions.count(correct).cast("int"), functions.sum(correct).cast("int"))
            .orderBy(getPromptCol())
            .collectAsList();
    List<Count> counts = new ArrayList<>();
    for (Row row : prompts) {
      counts.add(new Count(row.getInt(1), row.isNullAt(2) ? 0 : row.getInt(2)));
    }
    return dev.sponge.jobs.report.PassAtK.mean(counts, getK())
        .orElseThrow(
            () ->
                new UserError(
                    "pass@%d: none of %d prompts has as many judged responses; set a smaller k."
                        .formatted(getK(), counts.size())));
  }

  @Override
  public boolean isLargerBetter() {
    return true;
  }

  @Override
  public PassAtK copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  /** Reads what {@code save} wrote. */
  public static MLReader<PassAtK> read() {
    return new Reading().read();
  }

  /** The same from a path. */
  public static PassAtK load(String path) {
    return read().load(path);
  }

  private static final class Reading implements DefaultParamsReadable<PassAtK> {}
}
