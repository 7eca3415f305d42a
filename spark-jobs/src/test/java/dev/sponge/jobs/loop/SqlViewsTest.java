package dev.sponge.jobs.loop;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.jobs.report.Interval;
import dev.sponge.jobs.table.AnchorLogprobs;
import dev.sponge.jobs.table.Evaluation;
import dev.sponge.jobs.table.LakeTable;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.table.SqlViews;
import dev.sponge.jobs.table.StepRollout;
import dev.sponge.jobs.table.TrainStep;
import dev.sponge.rl.reward.BoxedIntegerVerifier;
import dev.sponge.rl.reward.SelfReflection;
import io.delta.kernel.Snapshot;
import io.delta.kernel.TableManager;
import io.delta.kernel.defaults.engine.DefaultEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The views against the same values computed from the records. */
class SqlViewsTest {
  private static final double CLOSE = 1e-9;
  private static Lakehouse lake;
  private static List<Rollout> rollouts;
  private static List<StepRollout> moved;
  private static List<TrainStep> steps;
  private static Map<String, Reward> rewards;

  /** A session that knows Delta and {@code views.sql}, which the run wrote. */
  private static SparkSession script;

  @TempDir Path directory;

  @BeforeAll
  static void read() throws IOException {
    lake = TinyRun.reference().lakehouse();
    rollouts = lake.rollouts().read(TinyRun.RUN, 0, TinyRun.STEPS);
    moved = lake.stepRollouts().read(TinyRun.RUN, 0, TinyRun.STEPS);
    steps = lake.trainSteps().read(TinyRun.RUN);
    BoxedIntegerVerifier verifier = new BoxedIntegerVerifier();
    VerifierKey key = new VerifierKey(verifier.id(), verifier.version());
    rewards = lake.rewards().read(TinyRun.RUN, 0, TinyRun.STEPS, key);
    script = TinyRun.spark().newSession();
    Path file = TinyRun.reference().work().resolve(SqlViews.SCRIPT);
    statements(Files.readString(file)).forEach(script::sql);
  }

  private static List<String> statements(String text) {
    return Arrays.stream(text.split(";")).filter(statement -> !statement.isBlank()).toList();
  }

  private static List<Row> rows(String view, String order) {
    return script.sql("select * from %s order by %s".formatted(view, order)).collectAsList();
  }

  private static <R> double mean(Collection<R> rows, ToDoubleFunction<R> value) {
    return rows.stream().mapToDouble(value).average().orElseThrow();
  }

  private static void assertMean(
      Row row, String column, List<Rollout> of, ToDoubleFunction<Rollout> value) {
    if (of.isEmpty()) {
      assertThat(row.<Object>getAs(column)).as(column).isNull();
    } else {
      assertThat(row.<Double>getAs(column)).as(column).isCloseTo(mean(of, value), within(CLOSE));
    }
  }

  private static List<Rollout> where(List<Rollout> all, Predicate<Rollout> condition) {
    return all.stream().filter(condition).toList();
  }

  private static int tokens(Rollout rollout) {
    return rollout.responseIds().length;
  }

  private static boolean correct(Rollout rollout) {
    return rewards.get(rollout.rolloutId()).correct();
  }

  @Test
  void theLearningCurveSumsTheStepsBefore() {
    List<Row> curve = rows("v_learning_curve", "policy_version, samples");
    List<Evaluation> evaluations = lake.evaluations().read(TinyRun.RUN);
    assertThat(curve).hasSameSizeAs(evaluations).hasSizeGreaterThan(1);
    for (int i = 0; i < curve.size(); i++) {
      Row row = curve.get(i);
      Evaluation evaluation = evaluations.get(i);
      List<TrainStep> before = steps.subList(0, evaluation.policyVersion());
      assertThat(row.<Integer>getAs("policy_version")).isEqualTo(evaluation.policyVersion());
      assertThat(row.<Long>getAs("fresh_rollouts"))
          .isEqualTo(before.stream().mapToLong(TrainStep::freshRollouts).sum());
      assertThat(row.<Long>getAs("replayed_rollouts"))
          .isEqualTo(before.stream().mapToLong(TrainStep::replayedRollouts).sum());
      assertThat(row.<Long>getAs("fresh_tokens"))
          .isEqualTo(
              where(rollouts, r -> r.policyVersion() < evaluation.policyVersion()).stream()
                  .mapToLong(SqlViewsTest::tokens)
                  .sum());
      assertThat(row.<Double>getAs("seconds"))
          .isCloseTo(
              before.stream().mapToDouble(s -> s.seconds().get("total")).sum(), within(CLOSE));
      assertThat(row.<Double>getAs("pass1_sampled")).isEqualTo(evaluation.pass1Sampled());
      assertThat(row.<Double>getAs("pass8_sampled")).isEqualTo(evaluation.pass8Sampled());
    }
  }

  @Test
  void ratiosAndEffectiveSampleSizeFollowFromTheLogProbs() {
    Map<String, float[]> own = new HashMap<>();
    Map<String, float[]> current = new HashMap<>();
    for (AnchorLogprobs row : lake.anchorLogprobs().read(TinyRun.RUN, 0, TinyRun.STEPS)) {
      if (row.anchorVersion() == row.step()) {
        current.put(row.step() + " " + row.rolloutId(), row.logprobs());
      }
    }
    rollouts.forEach(
        r -> own.put(r.rolloutId(), current.get(r.policyVersion() + " " + r.rolloutId())));
    Map<String, Rollout> byId =
        rollouts.stream().collect(Collectors.toMap(Rollout::rolloutId, Function.identity()));
    List<Row> view = rows("v_offpolicyness", "step, lag");
    Map<String, List<StepRollout>> parts =
        moved.stream().collect(Collectors.groupingBy(s -> s.step() + " " + s.lag()));
    assertThat(view).hasSameSizeAs(parts.keySet());
    assertThat(view).extracting(row -> row.<Integer>getAs("lag")).contains(1, 2);
    for (Row row : view) {
      int step = row.getAs("step");
      List<StepRollout> part = parts.get(step + " " + row.<Integer>getAs("lag"));
      Set<String> ids = part.stream().map(StepRollout::rolloutId).collect(Collectors.toSet());
      double ratio = 0;
      double ratioSquares = 0;
      double logRatio = 0;
      double weight = 0;
      double weightSquares = 0;
      int tokens = 0;
      for (String id : ids) {
        float[] now = current.get(step + " " + id);
        float[] mu = own.getOrDefault(id, byId.get(id).behaviourLogprobs());
        double sum = 0;
        for (int t = 0; t < mu.length; t++) {
          double log = (double) now[t] - mu[t];
          sum += log;
          ratio += Math.exp(log);
          ratioSquares += Math.exp(log) * Math.exp(log);
        }
        tokens += mu.length;
        logRatio += sum;
        weight += Math.exp(sum);
        weightSquares += Math.exp(sum) * Math.exp(sum);
      }
      int last = part.stream().mapToInt(StepRollout::pass).max().orElseThrow();
      assertThat(row.<Long>getAs("rollouts")).isEqualTo(ids.size());
      assertThat(row.<Long>getAs("tokens")).isEqualTo(tokens);
      assertClose(row, "mean_ratio", ratio / tokens);
      assertClose(row, "mean_log_ratio", logRatio / tokens);
      assertClose(row, "ess_tokens", ratio * ratio / tokens / ratioSquares);
      assertClose(row, "ess_sequences", weight * weight / ids.size() / weightSquares);
      assertClose(
          row,
          "trained_ratio",
          mean(part.stream().filter(s -> s.pass() == last).toList(), StepRollout::meanRatio));
      assertClose(row, "clip_fraction", mean(part, StepRollout::clipFraction));
      assertClose(row, "kl_base", mean(part, StepRollout::klBase));
    }
    assertThat(view)
        .filteredOn(row -> row.<Integer>getAs("lag") == 0)
        .allSatisfy(row -> assertClose(row, "ess_sequences", 1));
    assertThat(view)
        .filteredOn(row -> row.<Integer>getAs("lag") > 0)
        .allSatisfy(row -> assertThat(row.<Double>getAs("ess_sequences")).isLessThan(1));
  }

  private static void assertClose(Row row, String column, double expected) {
    assertThat(row.<Double>getAs(column))
        .as(column + " of " + row)
        .isCloseTo(expected, within(CLOSE));
  }

  @Test
  void lengthsAndReflectionFollowFromTheResponses() {
    SelfReflection reflection =
        new SelfReflection(TinyRun.reference().config().reward().reflectionKeywords());
    List<Row> lengths = rows("v_length_dynamics", "policy_version");
    List<Row> reflections = rows("v_reflection", "policy_version");
    assertThat(lengths).hasSize(TinyRun.STEPS);
    assertThat(reflections).hasSize(TinyRun.STEPS);
    for (int version = 0; version < TinyRun.STEPS; version++) {
      int v = version;
      List<Rollout> all = where(rollouts, r -> r.policyVersion() == v);
      int[] sorted = all.stream().mapToInt(SqlViewsTest::tokens).sorted().toArray();
      Row row = lengths.get(v);
      assertThat(row.<Long>getAs("rollouts")).isEqualTo(all.size());
      assertMean(row, "mean_tokens", all, SqlViewsTest::tokens);
      int half = sorted.length / 2;
      assertThat(row.<Double>getAs("median_tokens"))
          .isEqualTo((sorted[half - 1 + sorted.length % 2] + sorted[half]) / 2.0);
      assertThat(row.<Integer>getAs("longest_tokens")).isEqualTo(sorted[sorted.length - 1]);
      assertMean(row, "truncated_share", all, r -> r.finishReason().equals("length") ? 1 : 0);
      assertMean(row, "correct_tokens", where(all, SqlViewsTest::correct), SqlViewsTest::tokens);
      assertMean(row, "wrong_tokens", where(all, r -> !correct(r)), SqlViewsTest::tokens);

      Predicate<Rollout> reflects = r -> reflection.reflects(r.responseText());
      Row reflecting = reflections.get(v);
      List<Rollout> some = where(all, reflects);
      List<Rollout> others = where(all, reflects.negate());
      assertThat(reflecting.<Long>getAs("reflecting")).isEqualTo(some.size());
      assertMean(reflecting, "reflection_rate", all, r -> reflects.test(r) ? 1 : 0);
      assertMean(reflecting, "solved_reflecting", some, r -> correct(r) ? 1 : 0);
      assertMean(reflecting, "solved_others", others, r -> correct(r) ? 1 : 0);
      assertMean(reflecting, "tokens_others", others, SqlViewsTest::tokens);
    }
  }

  @Test
  void aPromptsDifficultyIsItsSolvedShare() {
    List<Row> view = rows("v_prompt_difficulty", "prompt_id");
    Map<String, Prompt> prompts =
        lake.prompts().read("train").stream()
            .collect(Collectors.toMap(Prompt::promptId, Function.identity()));
    Map<String, List<Rollout>> asked =
        rollouts.stream().collect(Collectors.groupingBy(Rollout::promptId));
    assertThat(view).hasSameSizeAs(asked.keySet());
    for (Row row : view) {
      List<Rollout> all = asked.get(row.<String>getAs("prompt_id"));
      int[] versions = all.stream().mapToInt(Rollout::policyVersion).distinct().sorted().toArray();
      int last = versions[versions.length - 1];
      assertThat(row.<Integer>getAs("level"))
          .isEqualTo(prompts.get(row.<String>getAs("prompt_id")).level());
      assertThat(row.<Long>getAs("rollouts")).isEqualTo(all.size());
      assertThat(row.<Long>getAs("versions")).isEqualTo(versions.length);
      ToDoubleFunction<Rollout> solved = r -> correct(r) ? 1 : 0;
      assertMean(row, "solved", all, solved);
      assertMean(row, "solved_first", where(all, r -> r.policyVersion() == versions[0]), solved);
      assertMean(row, "solved_last", where(all, r -> r.policyVersion() == last), solved);
      assertMean(row, "mean_tokens", all, SqlViewsTest::tokens);
      Integer firstSolved =
          where(all, SqlViewsTest::correct).stream()
              .map(Rollout::policyVersion)
              .min(Integer::compare)
              .orElse(null);
      assertThat(row.<Integer>getAs("first_solved_version")).isEqualTo(firstSolved);
    }
  }

  @Test
  void aPromptsPassRateIsThatOfAllItsRollouts() {
    List<Row> view = rows("v_prompt_pass_rate", "prompt_id");
    Map<String, List<Rollout>> asked =
        rollouts.stream().collect(Collectors.groupingBy(Rollout::promptId));
    assertThat(view).hasSameSizeAs(asked.keySet());
    for (Row row : view) {
      List<Rollout> all = asked.get(row.<String>getAs("prompt_id"));
      int right = where(all, SqlViewsTest::correct).size();
      Collection<List<Rollout>> groups =
          all.stream().collect(Collectors.groupingBy(Rollout::groupId)).values();
      Interval interval = Interval.wilson95(right, all.size());
      assertThat(row.<Long>getAs("rollouts")).isEqualTo(all.size());
      assertThat(row.<Long>getAs("correct")).isEqualTo(right);
      assertClose(row, "pass_rate", (double) right / all.size());
      assertClose(row, "pass_rate_low", interval.low());
      assertClose(row, "pass_rate_high", interval.high());
      assertThat(row.<Long>getAs("groups")).isEqualTo(groups.size());
      assertThat(row.<Long>getAs("groups_all_right"))
          .isEqualTo(
              groups.stream().filter(g -> g.stream().allMatch(SqlViewsTest::correct)).count());
      assertThat(row.<Long>getAs("groups_all_wrong"))
          .isEqualTo(
              groups.stream().filter(g -> g.stream().noneMatch(SqlViewsTest::correct)).count());
      assertThat(row.<Integer>getAs("last_policy_version"))
          .isEqualTo(all.stream().mapToInt(Rollout::policyVersion).max().orElseThrow());
    }
    assertThat(view)
        .anyMatch(row -> row.<Long>getAs("groups_all_wrong") > 0)
        .anyMatch(row -> row.<Double>getAs("pass_rate") > 0);
  }

  @Test
  void passRatesByVersionSumToThoseOfAll() {
    Map<String, List<Rollout>> parts =
        rollouts.stream()
            .collect(Collectors.groupingBy(r -> r.promptId() + " " + r.policyVersion()));
    List<Row> view = rows("v_prompt_pass_rate_by_version", "prompt_id, policy_version");
    assertThat(view).hasSameSizeAs(parts.keySet());
    for (Row row : view) {
      List<Rollout> part =
          parts.get(row.<String>getAs("prompt_id") + " " + row.<Integer>getAs("policy_version"));
      assertThat(row.<Long>getAs("rollouts")).isEqualTo(part.size());
      assertMean(row, "pass_rate", part, r -> correct(r) ? 1 : 0);
    }
  }

  @Test
  void reuseCountsStepsPassesAndAge() {
    List<Row> view = rows("v_reuse", "rollout_id");
    Map<String, List<StepRollout>> uses =
        moved.stream().collect(Collectors.groupingBy(StepRollout::rolloutId));
    assertThat(view).hasSameSizeAs(rollouts);
    assertThat(view).extracting(row -> row.<Long>getAs("replays")).contains(0L, 1L);
    for (Row row : view) {
      List<StepRollout> used = uses.getOrDefault(row.<String>getAs("rollout_id"), List.of());
      Set<Integer> at = used.stream().map(StepRollout::step).collect(Collectors.toSet());
      Set<Integer> later = new HashSet<>(at);
      later.remove(row.<Integer>getAs("policy_version"));
      assertThat(row.<Long>getAs("steps")).isEqualTo(at.size());
      assertThat(row.<Long>getAs("replays")).isEqualTo(later.size());
      assertThat(row.<Long>getAs("passes")).isEqualTo(used.size());
      assertThat(row.<Integer>getAs("first_step"))
          .isEqualTo(at.stream().min(Integer::compare).orElse(null));
      assertThat(row.<Integer>getAs("last_step"))
          .isEqualTo(at.stream().max(Integer::compare).orElse(null));
      assertThat(row.<Integer>getAs("age"))
          .isEqualTo(used.stream().map(StepRollout::lag).max(Integer::compare).orElse(null));
    }
  }

  @Test
  void costIsDividedByCorrectAnswers() {
    List<Row> view = rows("v_cost", "step");
    assertThat(view).hasSize(TinyRun.STEPS);
    for (int k = 0; k < TinyRun.STEPS; k++) {
      int step = k;
      Row row = view.get(k);
      List<Rollout> fresh = where(rollouts, r -> r.policyVersion() == step);
      int right = where(fresh, SqlViewsTest::correct).size();
      long tokens = fresh.stream().mapToLong(SqlViewsTest::tokens).sum();
      Map<String, Double> seconds = steps.get(k).seconds();
      assertThat(row.<Long>getAs("correct")).isEqualTo(right);
      assertThat(row.<Long>getAs("fresh_tokens")).isEqualTo(tokens);
      assertThat(row.<Double>getAs("seconds")).isEqualTo(seconds.get("total"));
      assertThat(row.<Double>getAs("train_seconds")).isEqualTo(seconds.get("train"));
      assertThat(row.<Double>getAs("io_seconds"))
          .isCloseTo(
              seconds.get("tables") + seconds.get("load") + seconds.get("save"), within(CLOSE));
      assertThat(row.<Double>getAs("tokens_per_correct"))
          .isEqualTo(right == 0 ? null : (Double) ((double) tokens / right));
    }
  }

  @Test
  void attemptsThatDoNotCountAndVerdictsOfOthersChangeNothing() throws IOException {
    LakeCopy copy = LakeCopy.in(directory.resolve("work"));
    copy.append("step_rollouts", copy.rows("step_rollouts").withColumn("attempt_id", lit("dead")));
    copy.append(
        "anchor_logprobs", copy.rows("anchor_logprobs").withColumn("attempt_id", lit("dead")));
    // Else they would hold what is appended below, too.
    Dataset<Row> verdicts = copy.rows("rewards").localCheckpoint();
    copy.append(
        "rewards",
        verdicts.withColumn("verifier_id", lit("another")).withColumn("correct", lit(true)));
    Dataset<Row> imported = copy.rows("rollouts").where("policy_version = 0").localCheckpoint();
    copy.append(
        "rollouts",
        imported
            .withColumn("run_id", lit("imported"))
            .withColumn("rollout_id", concat(lit("i"), col("rollout_id"))));
    for (String verifier : List.of("verl", "zz")) {
      copy.append(
          "rewards",
          verdicts
              .where("policy_version = 0")
              .withColumn("run_id", lit("imported"))
              .withColumn("rollout_id", concat(lit("i"), col("rollout_id")))
              .withColumn("verifier_id", lit(verifier)));
    }
    SparkSession other = TinyRun.spark().newSession();
    statements(SqlViews.script(copy.lake())).forEach(other::sql);
    for (String view : List.of("v_reuse", "v_offpolicyness", "v_cost", "v_length_dynamics")) {
      String query = "select * from %s where run_id = 'main'".formatted(view);
      assertThat(texts(other.sql(query).collectAsList()))
          .as(view)
          .isEqualTo(texts(script.table(view).collectAsList()));
    }
    assertThat(other.sql("select * from v_verdicts where run_id = 'imported'").collectAsList())
        .hasSize((int) imported.count())
        .allMatch(row -> row.getAs("verifier_id").equals("verl"));
  }

  @Test
  void everyColumnIsExplained() {
    for (SqlViews.View view : SqlViews.all()) {
      assertThat(script.table(view.name()).schema().fields())
          .as(view.name())
          .allMatch(field -> field.getComment().isDefined());
    }
  }

  @Test
  void theScriptHasTheRowsOfTheTablesThatCount() {
    assertThat(script.sql("show tables").collectAsList())
        .extracting(row -> row.<String>getAs("tableName"))
        .containsAll(lake.tables().stream().map(LakeTable::name).toList());
    assertThat(script.table("step_rollouts").count()).isEqualTo(moved.size());
  }

  @Test
  void queriesKnowTheViewsAndWhatTheyNeed() {
    assertThat(lake.sql("select * from V_COST c where c.step < 2").count()).isEqualTo(2);
  }

  /** Doubles rounded: the order of a sum is Spark's. */
  private static List<String> texts(List<Row> rows) {
    return rows.stream()
        .map(
            row ->
                IntStream.range(0, row.size())
                    .mapToObj(row::get)
                    .map(
                        cell ->
                            cell instanceof Double number
                                ? "%.9f".formatted(number)
                                : String.valueOf(cell))
                    .collect(Collectors.joining(" ")))
        .sorted()
        .toList();
  }

  @Test
  void everyViewIsDocumented() throws IOException {
    String page = Files.readString(Path.of("../notebooks/views.md"));
    assertThat(SqlViews.all()).hasSizeGreaterThanOrEqualTo(7);
    assertThat(SqlViews.all()).allMatch(view -> page.contains("`" + view.name() + "`"));
  }

  @Test
  void aSavedViewIsAPlainDeltaTable() {
    SqlViews.View view =
        SqlViews.all().stream().filter(v -> v.name().equals("v_reuse")).findFirst().orElseThrow();
    String path = directory.toUri() + "v_reuse";
    SqlViews.save(lake, view, path);
    SqlViews.save(lake, view, path);
    assertThat(texts(TinyRun.spark().read().format("delta").load(path).collectAsList()))
        .hasSameSizeAs(rollouts)
        .isEqualTo(texts(rows("v_reuse", "rollout_id")));
    Snapshot snapshot =
        TableManager.loadSnapshot(path)
            .build(DefaultEngine.create(TinyRun.spark().sessionState().newHadoopConf()));
    assertThat(snapshot.getProtocol().getMinReaderVersion()).isEqualTo(1);
    assertThat(snapshot.getSchema().fieldNames()).contains("rollout_id", "passes", "age");
  }
}
