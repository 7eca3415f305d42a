package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.sponge.jobs.cli.Tools.BenchmarkRequest;
import dev.sponge.jobs.cli.Tools.CompareRequest;
import dev.sponge.jobs.cli.Tools.RecomputeRequest;
import dev.sponge.jobs.config.BenchmarkSettings;
import dev.sponge.jobs.config.EvaluationFilter;
import dev.sponge.jobs.config.PolicyName;
import dev.sponge.jobs.evaluation.EvaluateJob;
import dev.sponge.jobs.ledger.Damage;
import dev.sponge.jobs.ledger.Fsck;
import dev.sponge.jobs.ledger.FsckReport;
import dev.sponge.jobs.ml.PassAtK;
import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.report.OutputFormat;
import dev.sponge.jobs.report.PassAtK.Count;
import dev.sponge.jobs.reuse.ForgetJob;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Erasure;
import dev.sponge.jobs.table.Evaluation;
import dev.sponge.jobs.table.EvaluationResponse;
import dev.sponge.jobs.table.EvaluationVerdict;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.rl.UserError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tiny policy on two tiny benchmarks; every test leaves what the others look at. */
class BenchmarkRunTest {
  private static final List<String> BENCHMARKS = List.of("tiny-a", "tiny-b");
  private static final int SAMPLES = 4;
  private static final EvaluationFilter ANY =
      new EvaluationFilter(
          List.of(),
          OptionalInt.empty(),
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          OptionalInt.empty(),
          OptionalInt.empty());

  @TempDir static Path directory;
  private static Path work;
  private static Lakehouse lake;

  /** Evaluates the first and the last policy on both benchmarks. */
  @BeforeAll
  static void evaluate() {
    work = TinyRun.copyOfReference(directory.resolve("work"));
    lake = TinyRun.open(work).lakehouse();
    addBenchmarks(lake);
    evaluate(work, settings(BENCHMARKS), OptionalInt.of(0));
    evaluate(work, settings(BENCHMARKS), OptionalInt.empty());
  }

  /**
   * Held-out problems of the run under other names: five and three of them, the latter as an import
   * leaves them. The gold answer of every other one is what the policy writes greedily, that of the
   * rest nothing it writes: neither all is right nor all wrong, however little the policy knows.
   */
  private static void addBenchmarks(Lakehouse lake) {
    Map<String, String> written =
        lake.evaluationResponses().read(TinyRun.RUN, 0).stream()
            .filter(response -> response.greedy() && response.formatOk())
            .collect(
                Collectors.toMap(
                    EvaluationResponse::promptId,
                    response -> box(response.responseText()),
                    (first, second) -> first));
    List<Prompt> held =
        lake.prompts().read("test").stream()
            .filter(prompt -> written.containsKey(prompt.promptId()))
            .toList();
    List<Prompt> prompts = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Prompt prompt = held.get(i);
      String benchmark = BENCHMARKS.get(i < 5 ? 0 : 1);
      prompts.add(
          new Prompt(
              benchmark + i,
              benchmark,
              "test",
              prompt.prompt(),
              i < 5 ? prompt.promptIds() : new int[0],
              i % 2 == 0 ? written.get(prompt.promptId()) : "123456789",
              prompt.level(),
              benchmark + prompt.contentHash()));
    }
    lake.prompts().append(prompts);
  }

  private static String box(String response) {
    return response.substring(response.lastIndexOf('{') + 1, response.lastIndexOf('}'));
  }

  private static BenchmarkSettings settings(List<String> benchmarks) {
    return new BenchmarkSettings(
        benchmarks,
        SAMPLES,
        0.6,
        0.95,
        OptionalInt.of(24),
        OptionalInt.empty(),
        Optional.of("boxed-integer"));
  }

  private record Printed(RunContext run, ByteArrayOutputStream out) {
    List<String> lines() {
      return out.toString(StandardCharsets.UTF_8).lines().toList();
    }
  }

  private static Printed open(Path work) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    RunContext run = TinyRun.open(work);
    Console console =
        new Console(
            new PrintStream(out, true, StandardCharsets.UTF_8), false, false, System::nanoTime);
    return new Printed(new RunContext(run.work(), run.lakehouse(), run.config(), console), out);
  }

  private static List<String> evaluate(
      Path work, BenchmarkSettings settings, OptionalInt policyVersion) {
    Printed printed = open(work);
    new BenchmarkTools(printed.run())
        .evaluate(new BenchmarkRequest(settings, policyVersion, List.of(), OutputFormat.TEXT));
    return printed.lines();
  }

  private static List<EvaluationResponse> responses(Lakehouse of, String benchmark, int version) {
    return of.evaluationResponses().read(TinyRun.RUN, version).stream()
        .filter(response -> response.benchmark().equals(benchmark))
        .toList();
  }

  private static List<Evaluation> onBenchmarks(Lakehouse lake, int version) {
    return lake.evaluations().read(TinyRun.RUN, version).stream()
        .filter(evaluation -> !evaluation.ofTheRun())
        .toList();
  }

  private static List<Count> counts(List<EvaluationResponse> responses) {
    return responses.stream()
        .collect(Collectors.groupingBy(EvaluationResponse::promptId))
        .values()
        .stream()
        .map(
            of ->
                new Count(of.size(), (int) of.stream().filter(EvaluationResponse::correct).count()))
        .toList();
  }

  @Test
  void everyResponseIsKeptAndTheScoreIsTheirs() {
    for (int version : List.of(0, TinyRun.STEPS)) {
      List<Evaluation> evaluations = onBenchmarks(lake, version);
      assertThat(evaluations).extracting(Evaluation::benchmark).isEqualTo(BENCHMARKS);
      for (Evaluation evaluation : evaluations) {
        List<EvaluationResponse> responses = responses(lake, evaluation.benchmark(), version);
        assertThat(responses)
            .hasSize(evaluation.problems() * SAMPLES)
            .allMatch(response -> response.verifierId().equals("boxed-integer"))
            .noneMatch(EvaluationResponse::greedy);
        assertThat(evaluation.pass1Sampled())
            .isCloseTo(
                dev.sponge.jobs.report.PassAtK.mean(counts(responses), 1).getAsDouble(),
                within(1e-12))
            .isBetween(evaluation.pass1SampledLow(), evaluation.pass1SampledHigh());
        assertThat(evaluation.responseLength())
            .isCloseTo(
                responses.stream().mapToInt(r -> r.responseIds().length).average().orElseThrow(),
                within(1e-9));
        assertThat(evaluation.truncationRate())
            .isCloseTo(
                responses.stream()
                    .mapToInt(r -> r.finishReason().equals("length") ? 1 : 0)
                    .average()
                    .orElseThrow(),
                within(1e-9));
        assertThat(evaluation.failed()).isZero();
        assertThat(evaluation.pass1Greedy()).isNull();
      }
    }
    assertThat(onBenchmarks(lake, 0).stream().mapToDouble(Evaluation::pass1Sampled).sum())
        .as("not all right, not all wrong")
        .isBetween(0.05, 1.95);
  }

  @Test
  void whatIsEvaluatedIsNotRepeated() {
    long responses = lake.evaluationResponses().version();
    long evaluations = lake.evaluations().version();

    List<String> lines = evaluate(work, settings(BENCHMARKS), OptionalInt.empty());

    assertThat(lines).contains("tiny-a: evaluated before", "tiny-b: evaluated before");
    assertThat(lines).anyMatch(line -> line.startsWith("main:4  average"));
    assertThat(lake.evaluationResponses().version()).isEqualTo(responses);
    assertThat(lake.evaluations().version()).isEqualTo(evaluations);
  }

  @Test
  void theRunsOwnEvaluationsAreAsTheyWere() {
    Lakehouse reference = TinyRun.reference().lakehouse();
    assertThat(lake.evaluations().read(TinyRun.RUN).stream().filter(Evaluation::ofTheRun))
        .isEqualTo(reference.evaluations().read(TinyRun.RUN));
    assertThat(new EvaluateJob(TinyRun.open(work)).find(0))
        .isEqualTo(new EvaluateJob(TinyRun.reference()).find(0));
  }

  /** Killed after the responses were committed and before the row in evaluations. */
  @Test
  void responsesOfABrokenOffAttemptAreTakenUp() throws IOException {
    Path killed = TinyRun.copyOfReference(directory.resolve("killed"));
    copy(work.resolve("tables/prompts"), killed.resolve("tables/prompts"));
    copy(
        work.resolve("tables/evaluation_responses"), killed.resolve("tables/evaluation_responses"));
    Lakehouse there = TinyRun.open(killed).lakehouse();
    long version = there.evaluationResponses().version();
    assertThat(onBenchmarks(there, 0)).isEmpty();

    evaluate(killed, settings(BENCHMARKS), OptionalInt.of(0));

    assertThat(there.evaluationResponses().version()).isEqualTo(version);
    assertThat(Contents.rows(onBenchmarks(there, 0)))
        .isEqualTo(Contents.rows(onBenchmarks(lake, 0)));
  }

  @Test
  void anotherWorkDirectoryGivesTheSameResponses() throws IOException {
    Path other = TinyRun.copyOfReference(directory.resolve("other"));
    copy(work.resolve("tables/prompts"), other.resolve("tables/prompts"));
    evaluate(other, settings(List.of("tiny-b")), OptionalInt.of(0));
    assertThat(Contents.rows(responses(TinyRun.open(other).lakehouse(), "tiny-b", 0)))
        .isEqualTo(Contents.rows(responses(lake, "tiny-b", 0)));
  }

  private static void copy(Path from, Path to) throws IOException {
    if (Files.exists(to)) {
      try (Stream<Path> files = Files.walk(to)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = to.resolve(from.relativize(file));
        Files.createDirectories(target.getParent());
        Files.copy(file, target);
      }
    }
  }

  private JsonObject first(String json) {
    return JsonParser.parseString(json).getAsJsonArray().get(0).getAsJsonObject();
  }

  private List<String> recompute(Optional<String> verifier, List<Integer> ks) {
    Printed printed = open(work);
    new BenchmarkTools(printed.run())
        .recompute(new RecomputeRequest(ANY, OptionalInt.of(0), verifier, ks, OutputFormat.JSON));
    return printed.lines();
  }

  @Test
  void anotherVerifierJudgesWithoutGenerating() throws IOException {
    long generated = lake.evaluationResponses().version();
    JsonObject own = first(String.join("\n", recompute(Optional.empty(), List.of(1, 2))));
    assertThat(own.getAsJsonObject("estimates").keySet())
        .containsExactly("pass@1", "pass@2", "maj@2");
    assertThat(pass1(own)).isCloseTo(onBenchmarks(lake, 0).get(0).pass1Sampled(), within(1e-12));
    assertThat(lake.evaluationVerdicts().version()).as("nothing was judged").isZero();

    JsonObject other =
        first(String.join("\n", recompute(Optional.of("final-integer"), List.of(1))));

    Evaluation evaluation = onBenchmarks(lake, 0).get(0);
    List<EvaluationVerdict> verdicts =
        lake.evaluationVerdicts().read(evaluation, new VerifierKey("final-integer", "1"));
    assertThat(verdicts).hasSize(evaluation.problems() * SAMPLES);
    assertThat(other.get("verifier").getAsString()).isEqualTo("final-integer@1");
    double right = verdicts.stream().filter(EvaluationVerdict::correct).count();
    assertThat(pass1(other)).isCloseTo(right / verdicts.size(), within(1e-12));
    assertThat(verdicts)
        .filteredOn(EvaluationVerdict::correct)
        .as("the gold answer is what is voted for")
        .allMatch(v -> v.answer().equals(gold(v.promptId())));
    long judged = lake.evaluationVerdicts().version();
    recompute(Optional.of("final-integer@1"), List.of(1));
    assertThat(lake.evaluationVerdicts().version()).as("judged once").isEqualTo(judged);
    assertThat(lake.evaluationResponses().version()).isEqualTo(generated);
    assertViewHasBoth(evaluation, right / verdicts.size());
    assertLossIsFoundAndAPromptCounted(verdicts.get(0).promptId());
  }

  private static double pass1(JsonObject score) {
    return score.getAsJsonObject("estimates").getAsJsonObject("pass@1").get("value").getAsDouble();
  }

  private String gold(String promptId) {
    return lake.prompts().read("test").stream()
        .filter(prompt -> prompt.promptId().equals(promptId))
        .findFirst()
        .orElseThrow()
        .answer();
  }

  private void assertViewHasBoth(Evaluation evaluation, double other) {
    List<Row> rows =
        lake.sql(
                "select verifier, pass1, problems, failed from v_benchmarks"
                    + " where attempt_id = '%s' order by verifier"
                        .formatted(evaluation.attemptId()))
            .collectAsList();
    assertThat(rows)
        .extracting(row -> row.getString(0))
        .containsExactly("boxed-integer@1", "final-integer@1");
    assertThat(rows.get(0).getDouble(1)).isCloseTo(evaluation.pass1Sampled(), within(1e-12));
    assertThat(rows.get(1).getDouble(1)).isCloseTo(other, within(1e-12));
    Row wide =
        lake.sql(
                "select * from v_benchmark_table where verifier = 'boxed-integer@1' and policy_version = 0")
            .head();
    assertThat(wide.<Double>getAs("aime24")).isNull();
    assertThat(wide.<Double>getAs("average")).isNull();
  }

  /** In a copy; what is not damaged there is sound. */
  private static void assertLossIsFoundAndAPromptCounted(String promptId) throws IOException {
    Path copied = directory.resolve("copied");
    copy(work.resolve("tables"), copied.resolve("tables"));
    Lakehouse copy = TinyRun.open(copied).lakehouse();
    Erasure.delete(
        copy.evaluationResponses(),
        functions.expr("prompt_id = 'tiny-b5' AND policy_version = 0 AND sample_index = 0"));
    assertThat(fsck(copy).damages())
        .extracting(Damage::text)
        .satisfiesExactlyInAnyOrder(
            text -> assertThat(text).contains("on tiny-b has 11 responses in place of 12"),
            text -> assertThat(text).contains("prompt tiny-b5, sample 0 of tiny-b by version 0"));

    assertThat(new ForgetJob(copy).report(promptId).rows())
        .containsEntry("evaluation_verdicts", (long) SAMPLES)
        .containsEntry("evaluation_responses", 2L * SAMPLES)
        .containsEntry("prompts", 1L);
  }

  private static FsckReport fsck(Lakehouse of) {
    return new Fsck(of, directory.resolve("cache"), new Fsck.Scope(Optional.empty(), false))
        .check();
  }

  @Test
  void twoPoliciesAreComparedProblemByProblem() {
    Printed printed = open(work);
    new BenchmarkTools(printed.run())
        .compare(
            new CompareRequest(
                PolicyName.of("0"),
                PolicyName.of("main:4"),
                ANY,
                Optional.empty(),
                List.of(),
                OutputFormat.JSON));
    JsonObject json = JsonParser.parseString(String.join("\n", printed.lines())).getAsJsonObject();
    JsonObject average = json.getAsJsonArray("lines").get(2).getAsJsonObject();
    assertThat(average.get("benchmark").getAsString()).isEqualTo("average");
    assertThat(average.get("problems").getAsInt()).isEqualTo(8);
    assertThat(average.get("unpaired").getAsInt()).isZero();
    double first =
        onBenchmarks(lake, 0).stream()
            .mapToDouble(Evaluation::pass1Sampled)
            .average()
            .getAsDouble();
    double second =
        onBenchmarks(lake, 4).stream()
            .mapToDouble(Evaluation::pass1Sampled)
            .average()
            .getAsDouble();
    assertThat(average.get("first").getAsDouble()).isCloseTo(first, within(1e-12));
    assertThat(average.getAsJsonObject("difference").get("value").getAsDouble())
        .isCloseTo(second - first, within(1e-12));
    assertThatThrownBy(
            () ->
                new BenchmarkTools(open(work).run())
                    .compare(
                        new CompareRequest(
                            PolicyName.of("0"),
                            PolicyName.of("2"),
                            ANY,
                            Optional.empty(),
                            List.of(),
                            OutputFormat.TEXT)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no evaluation of run main, version 2");
  }

  @Test
  void mllibEvaluatesTheSameTable() throws IOException {
    Dataset<Row> rows =
        lake.evaluationResponses().committed().where("benchmark = 'tiny-a' and policy_version = 0");
    List<EvaluationResponse> responses = responses(lake, "tiny-a", 0);
    PassAtK evaluator = new PassAtK().setK(2);
    assertThat(evaluator.evaluate(rows))
        .isEqualTo(
            dev.sponge.jobs.report.PassAtK.mean(counts(responses), 2).getAsDouble(), within(1e-12));
    assertThat(evaluator.isLargerBetter()).isTrue();

    evaluator.write().overwrite().save(directory.resolve("evaluator").toString());
    PassAtK loaded = PassAtK.load(directory.resolve("evaluator").toString());
    assertThat(loaded.uid()).isEqualTo(evaluator.uid());
    assertThat(loaded.getK()).isEqualTo(2);
    PassAtK copy = evaluator.copy(new org.apache.spark.ml.param.ParamMap().put(evaluator.k().w(1)));
    assertThat(copy.getK()).isEqualTo(1);
    assertThat(evaluator.explainParams())
        .contains("promptCol", "correctCol", "(default: 1, current: 2)");

    Dataset<Row> renamed =
        rows.selectExpr(
            "prompt_id as question", "if(sample_index = 0, null, int(correct)) as solved");
    List<EvaluationResponse> judged =
        responses.stream().filter(response -> response.sampleIndex() > 0).toList();
    PassAtK columns = new PassAtK().setPromptCol("question").setCorrectCol("solved").setK(3);
    assertThat(columns.evaluate(renamed))
        .as("what was not judged is left out")
        .isCloseTo(
            dev.sponge.jobs.report.PassAtK.mean(counts(judged), 3).getAsDouble(), within(1e-12));
    assertThatThrownBy(() -> columns.setK(4).evaluate(renamed))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("pass@4: none of 5 prompts");
    assertThatThrownBy(() -> new PassAtK().setK(0)).hasMessageContaining("invalid value 0");
  }

  @Test
  void whatCannotBeEvaluatedIsRefusedBeforeAnythingIsGenerated() {
    long version = lake.evaluationResponses().version();
    assertRefused(
        settings(List.of("tiny-a", "aime24")),
        OptionalInt.empty(),
        "sponge dataset import --format aime PATH --source aime24 --split test");
    assertRefused(settings(BENCHMARKS), OptionalInt.of(9), "no policy version 9");
    assertRefused(
        new BenchmarkSettings(
            BENCHMARKS,
            1,
            0,
            1,
            OptionalInt.of(8192),
            OptionalInt.empty(),
            Optional.of("boxed-integer")),
        OptionalInt.of(0),
        "of the model's 96 positions; give at most");
    assertRefused(
        new BenchmarkSettings(
            BENCHMARKS, 1, 0, 1, OptionalInt.of(8), OptionalInt.empty(), Optional.of("guess")),
        OptionalInt.of(0),
        "There is no verifier guess@1");
    assertThat(lake.evaluationResponses().version()).isEqualTo(version);
  }

  private void assertRefused(BenchmarkSettings settings, OptionalInt policy, String message) {
    assertThatThrownBy(() -> evaluate(work, settings, policy))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(message);
  }
}
