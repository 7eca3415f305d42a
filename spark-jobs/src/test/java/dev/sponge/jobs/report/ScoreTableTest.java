package dev.sponge.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.sponge.jobs.report.PolicyComparison.Line;
import dev.sponge.jobs.report.ScoreTable.Score;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScoreTableTest {
  private static final List<Metric> METRICS = Metric.of(List.of(2, 1));

  private static BenchmarkResult result(String policy, String benchmark, Tally... tallies) {
    return new BenchmarkResult(
        policy,
        benchmark,
        "math@1",
        4,
        List.of(tallies),
        new BenchmarkResult.Responses(1, 10, 0.5, 0.25));
  }

  private static Tally tally(String problem, int right, int wrong) {
    return new Tally(problem, right, List.of(wrong), 0);
  }

  private static final List<BenchmarkResult> FIRST =
      List.of(
          result("main:0", "aime24", tally("a", 2, 2), tally("b", 0, 4)),
          result("main:0", "amc23", tally("c", 4, 0)));

  @Test
  void theAverageIsOverBenchmarks() {
    List<Score> scores = new ScoreTable(FIRST, METRICS).scores();
    assertThat(scores).extracting(Score::benchmark).containsExactly("aime24", "amc23", "average");
    assertThat(scores)
        .extracting(score -> score.estimates().get("pass@1").value())
        .containsExactly(0.25, 1.0, 0.625);
    // 1 - C(2,2)/C(4,2), and a tie in four of six pairs.
    assertThat(scores.get(0).estimates().get("pass@2").value()).isCloseTo(5.0 / 12, within(1e-12));
    assertThat(scores.get(0).estimates().get("maj@2").value()).isCloseTo(0.25, within(1e-12));
    assertThat(scores.get(2).problems()).isEqualTo(3);
    assertThat(scores.get(2).responses().failed()).isEqualTo(2);
  }

  @Test
  void problemsWithTooFewVerdictsAreLeftOutAndCounted() {
    BenchmarkResult thin =
        result("main:0", "aime24", tally("a", 1, 0), tally("b", 1, 1), tally("c", 0, 0));
    Score score = new ScoreTable(List.of(thin), METRICS).scores().get(0);
    assertThat(score.estimates().get("pass@1").value()).isEqualTo(0.75);
    assertThat(score.estimates().get("pass@2").value()).isEqualTo(1);
    assertThat(score.leftOut()).isEqualTo(2);
    BenchmarkResult none = result("main:0", "aime24", tally("c", 0, 0));
    assertThat(new ScoreTable(List.of(none), METRICS).scores().get(0).estimates()).isEmpty();
    assertThat(new ScoreTable(List.of(none), METRICS).lines(OutputFormat.TEXT))
        .anyMatch(line -> line.matches("main:0 +aime24 +math@1 +1 +4 +- +- +- .*"));
  }

  @Test
  void theSameScoresInEveryForm() {
    ScoreTable table = new ScoreTable(FIRST, METRICS);
    assertThat(table.lines(OutputFormat.TEXT))
        .hasSize(5)
        .anyMatch(line -> line.contains("aime24") && line.contains("0.250 [0.000, 0.500]"));
    assertThat(table.lines(OutputFormat.MARKDOWN))
        .startsWith(
            "| pass@1 (%) | aime24 | amc23 | average |",
            "|---|---:|---:|---:|",
            "| main:0, math@1 | 25.00 | 100.00 | 62.50 |",
            "",
            "| pass@2 (%) | aime24 | amc23 | average |")
        .hasSize(11);
    JsonArray json =
        JsonParser.parseString(String.join("\n", table.lines(OutputFormat.JSON))).getAsJsonArray();
    JsonObject first = json.get(0).getAsJsonObject();
    assertThat(first.get("benchmark").getAsString()).isEqualTo("aime24");
    JsonObject pass1 = first.getAsJsonObject("estimates").getAsJsonObject("pass@1");
    assertThat(pass1.get("value").getAsDouble()).isEqualTo(0.25);
    assertThat(pass1.getAsJsonObject("interval").get("high").getAsDouble()).isEqualTo(0.5);
  }

  @Test
  void policiesAreComparedProblemByProblem() {
    List<BenchmarkResult> second =
        List.of(
            result("main:20", "amc23", tally("c", 3, 1)),
            result("main:20", "aime24", tally("a", 4, 0), tally("b", 1, 3), tally("x", 4, 0)));
    PolicyComparison comparison = new PolicyComparison(FIRST, second, List.of(Metric.PASS_AT_1));
    assertThat(comparison.lines())
        .extracting(Line::benchmark)
        .containsExactly("aime24", "amc23", "average");
    Line aime = comparison.lines().get(0);
    assertThat(aime.problems()).isEqualTo(2);
    assertThat(aime.unpaired()).as("x").isEqualTo(1);
    assertThat(aime.first()).isEqualTo(0.25);
    assertThat(aime.second()).isEqualTo(0.625);
    assertThat(aime.difference().value()).isEqualTo(0.375);
    assertThat(aime.difference().interval()).isEqualTo(new Interval(0.25, 0.5));
    assertThat(aime.p()).isEqualTo(0.5);
    Line average = comparison.lines().get(2);
    assertThat(average.difference().value()).isEqualTo(0.0625);
    assertThat(comparison.lines(OutputFormat.MARKDOWN))
        .startsWith(
            "| benchmark | metric | problems | unpaired | main:0 | main:20 | difference (95 %) | p |")
        .contains("| aime24 | pass@1 | 2 | 1 | 0.250 | 0.625 | 0.375 [0.250, 0.500] | 0.5000 |");
    assertThat(comparison.lines(OutputFormat.TEXT)).hasSize(5);
    assertThat(comparison.lines(OutputFormat.JSON).get(0)).contains("\"unpaired\": 1");
  }
}
