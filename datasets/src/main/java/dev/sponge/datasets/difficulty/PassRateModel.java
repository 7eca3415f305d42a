package dev.sponge.datasets.difficulty;

import static org.apache.spark.sql.functions.col;

import dev.sponge.rl.UserError;
import dev.sponge.rl.generation.TokenRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.feature.HashingTF;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.functions;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Predicts the pass rate of prompts from their text: Spark MLlib's logistic regression on the right
 * and wrong answers of the prompts that have some, with counts and hashed words as features. A
 * fifth of these prompts, chosen by a hash of their ids, is held out for the calibration table; a
 * fifth of the rest chooses the regularisation and scales the predictions. The same prompts and
 * answers give the same model.
 */
public final class PassRateModel {
  /** Prompts with answers that a fit needs. */
  public static final int LEAST_PROMPTS = 100;

  private static final int FOLDS = 5;
  private static final int HASHED = 1 << 10;
  private static final int ITERATIONS = 50;
  private static final double[] REGULARISATIONS = {0.01, 0.1, 1};
  // Keeps the slope finite where a few prompts tell right from wrong without fail.
  private static final double SCALE_REGULARISATION = 0.001;
  private static final String ID = "id";
  private static final String LABEL = "label";
  private static final String WEIGHT = "weight";
  private static final String TERMS = "terms";
  private static final String COUNTS = "counts";
  private static final String FEATURES = "features";

  private final SparkSession spark;

  public PassRateModel(SparkSession spark) {
    this.spark = spark;
  }

  /**
   * A fitted model's work.
   *
   * @param calibration on the prompts held out
   * @param trained prompts that it was fitted and scaled on
   * @param heldOut prompts of the calibration
   * @param regularisation that was chosen
   * @param predicted pass rates of all prompts by id, in their order
   */
  public record Fit(
      Calibration calibration,
      int trained,
      int heldOut,
      double regularisation,
      Map<String, Double> predicted) {}

  /**
   * Fits on the prompts that have answers and predicts all.
   *
   * @throws UserError if too few have answers, or all answers are right or all are wrong
   */
  public Fit fit(List<RatedPrompt> prompts) {
    List<RatedPrompt> answered = prompts.stream().filter(p -> p.rollouts() > 0).toList();
    check(answered);
    List<RatedPrompt> heldOut = answered.stream().filter(fold("held out")).toList();
    List<RatedPrompt> rest = answered.stream().filter(fold("held out").negate()).toList();
    List<RatedPrompt> choosing = rest.stream().filter(fold("choosing")).toList();
    List<RatedPrompt> fitting = rest.stream().filter(fold("choosing").negate()).toList();
    double best = 0;
    double least = Double.MAX_VALUE;
    PipelineModel model = null;
    for (double regularisation : REGULARISATIONS) {
      PipelineModel candidate = model(fitting, regularisation);
      double brier = calibration(choosing, predict(candidate, choosing), fitting).brier();
      if (brier < least) {
        least = brier;
        best = regularisation;
        model = candidate;
      }
    }
    Map<String, Double> predicted = predict(model, prompts);
    LogisticRegressionModel scale = scale(choosing, predicted);
    predicted.replaceAll((id, rate) -> scale.predictProbability(logit(rate)).apply(1));
    return new Fit(
        calibration(heldOut, predicted, rest), rest.size(), heldOut.size(), best, predicted);
  }

  /** Platt scaling, for regularisation draws all predictions to the mean. */
  private LogisticRegressionModel scale(List<RatedPrompt> prompts, Map<String, Double> predicted) {
    List<Row> rows = new ArrayList<>();
    for (RatedPrompt prompt : prompts) {
      Vector logit = logit(predicted.get(prompt.id()));
      double right = (double) prompt.correct() / prompt.rollouts();
      rows.add(RowFactory.create(1.0, right, logit));
      rows.add(RowFactory.create(0.0, 1 - right, logit));
    }
    StructType schema =
        new StructType()
            .add(LABEL, DataTypes.DoubleType, false)
            .add(WEIGHT, DataTypes.DoubleType, false)
            .add(FEATURES, SQLDataTypes.VectorType(), false);
    return new LogisticRegression()
        .setWeightCol(WEIGHT)
        .setRegParam(SCALE_REGULARISATION)
        .fit(spark.createDataFrame(rows, schema).coalesce(1));
  }

  private static Vector logit(double rate) {
    return Vectors.dense(Math.log(rate) - Math.log1p(-rate));
  }

  private static void check(List<RatedPrompt> answered) {
    if (answered.size() < LEAST_PROMPTS) {
      throw new UserError(
          "Only %d prompts have scored rollouts; a model of the pass rate needs %d. Sample more with: sponge rollout or sponge run"
              .formatted(answered.size(), LEAST_PROMPTS));
    }
    double rate = passRate(answered);
    if (rate == 0 || rate == 1) {
      throw new UserError(
          "All answers of the %d prompts with rollouts are %s: there is no difference to learn from."
              .formatted(answered.size(), rate == 1 ? "right" : "wrong"));
    }
  }

  /** A fifth of the prompts, by their ids alone. */
  private static Predicate<RatedPrompt> fold(String purpose) {
    return prompt ->
        Math.floorMod(TokenRandom.seed(0, 0, purpose + " " + prompt.id(), 0), FOLDS) == 0;
  }

  private static double passRate(List<RatedPrompt> prompts) {
    double rollouts = prompts.stream().mapToLong(RatedPrompt::rollouts).sum();
    return prompts.stream().mapToLong(RatedPrompt::correct).sum() / rollouts;
  }

  private static Calibration calibration(
      List<RatedPrompt> prompts, Map<String, Double> predicted, List<RatedPrompt> fitted) {
    return Calibration.of(
        prompts.stream()
            .map(p -> new Calibration.Outcome(predicted.get(p.id()), p.rollouts(), p.correct()))
            .toList(),
        passRate(fitted));
  }

  private PipelineModel model(List<RatedPrompt> prompts, double regularisation) {
    List<Row> rows = new ArrayList<>();
    for (RatedPrompt prompt : prompts) {
      long wrong = prompt.rollouts() - prompt.correct();
      // Answers of one prompt are alike, so that each prompt weighs as one.
      rows.add(row(prompt, 1, (double) prompt.correct() / prompt.rollouts()));
      rows.add(row(prompt, 0, (double) wrong / prompt.rollouts()));
    }
    rows.removeIf(row -> row.getDouble(2) == 0);
    return new Pipeline()
        .setStages(
            new PipelineStage[] {
              new HashingTF()
                  .setInputCol(TERMS)
                  .setOutputCol("hashed")
                  .setBinary(true)
                  .setNumFeatures(HASHED),
              new VectorAssembler()
                  .setInputCols(new String[] {COUNTS, "hashed"})
                  .setOutputCol(FEATURES),
              new LogisticRegression()
                  .setWeightCol(WEIGHT)
                  .setRegParam(regularisation)
                  .setMaxIter(ITERATIONS)
            })
        .fit(frame(rows));
  }

  private Map<String, Double> predict(PipelineModel model, List<RatedPrompt> prompts) {
    Dataset<Row> all = frame(prompts.stream().map(prompt -> row(prompt, 0, 0)).toList());
    Map<String, Double> predicted = new LinkedHashMap<>();
    model
        .transform(all)
        .select(col(ID), functions.vector_to_array(col("probability"), "float64").getItem(1))
        .collectAsList()
        .forEach(row -> predicted.put(row.getString(0), row.getDouble(1)));
    return predicted;
  }

  private static Row row(RatedPrompt prompt, double label, double weight) {
    return RowFactory.create(
        prompt.id(),
        label,
        weight,
        PromptFeatures.terms(prompt),
        Vectors.dense(PromptFeatures.counts(prompt)));
  }

  /** One partition: the order of sums, thus their last bits, is that of the rows. */
  private Dataset<Row> frame(List<Row> rows) {
    StructType schema =
        new StructType()
            .add(ID, DataTypes.StringType, false)
            .add(LABEL, DataTypes.DoubleType, false)
            .add(WEIGHT, DataTypes.DoubleType, false)
            .add(TERMS, DataTypes.createArrayType(DataTypes.StringType, false), false)
            .add(COUNTS, SQLDataTypes.VectorType(), false);
    return spark.createDataFrame(rows, schema).coalesce(1);
  }
}
