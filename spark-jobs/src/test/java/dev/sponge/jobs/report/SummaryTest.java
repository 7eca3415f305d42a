package dev.sponge.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.sponge.jobs.report.Summary.CurvePoint;
import dev.sponge.jobs.report.Summary.PassRates;
import dev.sponge.jobs.report.Summary.Seconds;
import dev.sponge.jobs.report.Summary.TokensPerSecond;
import dev.sponge.rl.SpongeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SummaryTest {
  /** The documented form, with the final policy's keys written out. */
  private static final String FORM =
      """
      {"run_id": "main", "algorithm": "remix-grpo", "seed": 1,
       "base": {"pass1_greedy": 0.25, "pass1_sampled": 0.2, "pass8_sampled": 0.5},
       "final": {"pass1_greedy": 0.5, "pass1_sampled": 0.4, "pass8_sampled": 0.75},
       "steps": 60, "rollouts_generated": 10000, "rollouts_replayed": 3000,
       "overhead_seconds_per_step": 1.5, "peak_rss_bytes": 4000000000,
       "seconds": {"total": 8.0, "bootstrap": 1.0, "rollout": 2.0, "verify": 3.0, "score": 4.0,
                   "train": 5.0, "tables": 6.0, "evaluate": 7.0, "hidden": 9.0},
       "tokens_per_second": {"generate": 100.0, "train": 200.0},
       "curve": [{"step": 0, "rollouts": 0, "pass1_greedy": 0.25, "pass1_sampled": 0.2,
                  "response_length": 30.5, "reflection_rate": 0.125, "entropy": 0.75,
                  "lambda": 1.0, "kl_base": 0.0, "kl_prev": 0.0, "pg_clipfrac": 0.0}]}
      """;

  static Summary summary(double finalGreedy) {
    return new Summary(
        "main",
        "remix-grpo",
        1,
        new PassRates(0.25, 0.2, 0.5),
        new PassRates(finalGreedy, 0.4, 0.75),
        60,
        10_000,
        3000,
        1.5,
        4_000_000_000L,
        new Seconds(8, 1, 2, 3, 4, 5, 6, 7, 9),
        new TokensPerSecond(100, 200),
        List.of(new CurvePoint(0, 0, 0.25, 0.2, 30.5, 0.125, 0.75, 1, 0, 0, 0)));
  }

  @Test
  void theJsonHasExactlyTheDocumentedForm() {
    JsonElement written = JsonParser.parseString(summary(0.5).toJson());
    assertThat(written).isEqualTo(JsonParser.parseString(FORM));
    assertThat(orderOfKeys(written)).isEqualTo(orderOfKeys(JsonParser.parseString(FORM)));
  }

  private static List<String> orderOfKeys(JsonElement json) {
    return json.getAsJsonObject().entrySet().stream()
        .flatMap(
            entry ->
                entry.getValue() instanceof JsonObject section
                    ? section.entrySet().stream().map(Map.Entry::getKey)
                    : Stream.of(entry.getKey()))
        .toList();
  }

  @Test
  void aValueThatWasNeverMeasuredIsNullAndTheFileStaysJson() {
    JsonObject json = JsonParser.parseString(summary(Double.NaN).toJson()).getAsJsonObject();
    assertThat(json.getAsJsonObject("final").get("pass1_greedy").isJsonNull()).isTrue();
  }

  @Test
  void writingReplacesTheFileAndLeavesNoTemporaryOne(@TempDir Path work) throws IOException {
    Files.writeString(work.resolve("summary.json"), "old");
    Path file = summary(0.5).write(work);
    assertThat(JsonParser.parseString(Files.readString(file)))
        .isEqualTo(JsonParser.parseString(FORM));
    assertThat(work.toFile().list()).containsExactly("summary.json");
    assertThatThrownBy(() -> summary(0.5).write(work.resolve("missing")))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("summary.json");
  }

  @Test
  void overheadIsTheMedianOfTheStepsFromTheFifthOn() {
    double[] wall = {99, 99, 99, 99, 5, 7, 20};
    double[] engine = {0, 0, 0, 0, 4, 4, 4};
    assertThat(Summary.overheadPerStep(wall, engine)).isEqualTo(3);
    assertThat(Summary.overheadPerStep(new double[] {9, 9, 9, 9, 5, 8}, new double[6]))
        .isEqualTo(6.5);
    assertThat(Summary.overheadPerStep(new double[4], new double[4])).isNaN();
  }

  @Test
  void theTableSetsTheBasePolicyBesideTheLastOne() {
    List<String> table = BeforeAfter.table(summary(0.5), 512);
    assertThat(table.get(0)).contains("before").endsWith("after 60 steps");
    assertThat(table)
        .anySatisfy(
            line -> assertThat(line).contains("0.250 [0.214, 0.289]", "0.500 [0.457, 0.543]"));
    assertThat(table).anySatisfy(line -> assertThat(line).matches("pass@8 sampled +0.500 +0.750"));
    assertThat(BeforeAfter.table(summary(Double.NaN), 512))
        .anySatisfy(line -> assertThat(line).matches("pass@1 greedy.* +-"));
  }

  @Test
  void wilsonAgreesWithThePublishedInterval() {
    // Newcombe 1998, Statistics in Medicine 17, table I: 81 of 263.
    Interval interval = Interval.wilson95(81, 263);
    assertThat(interval.low()).isCloseTo(0.2553, within(5e-5));
    assertThat(interval.high()).isCloseTo(0.3662, within(5e-5));
    assertThat(Interval.wilson95(0, 20).low()).isZero();
    assertThat(Interval.wilson95(0, 20).high()).isCloseTo(0.1611, within(5e-5));
    assertThat(Interval.wilson95(20, 20).contains(1)).isTrue();
    assertThatThrownBy(() -> Interval.wilson95(3, 2)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void peakMemoryIsReadInBytes() {
    assertThat(PeakMemory.parse(List.of("VmPeak:\t 9 kB", "VmHWM:\t  1234 kB"))).hasValue(1263616);
    assertThat(PeakMemory.parse(List.of("Name: java"))).isEmpty();
  }
}
