package dev.sponge.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.sponge.jobs.cli.Sponge;
import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.spark.TestSpark;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.Rollout;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command sponge bench tables on histories of a few rollouts. */
class TablesBenchTest {
  private static final int VERSIONS = 3;
  private static final int ROLLOUTS = 16;
  private static final int TOKENS = 4;

  @TempDir private Path directory;

  private static SparkSession spark() {
    return TestSpark.session();
  }

  private Lakehouse build(String name) {
    TablesBench.build(
        spark(),
        directory.resolve(name),
        new TablesBench.Size(VERSIONS, ROLLOUTS, TOKENS),
        Console.silent());
    return Lakehouse.open(spark(), directory.resolve(name));
  }

  @Test
  void aBuiltHistoryIsARunLikeAnyOther() {
    Lakehouse lake = build("a");
    assertThat(RunState.require(lake, "main").step()).isEqualTo(VERSIONS);
    List<Rollout> rollouts = lake.rollouts().read("main", 0, VERSIONS);
    assertThat(rollouts).hasSize(VERSIONS * ROLLOUTS);
    assertThat(rollouts.stream().map(Rollout::rolloutId)).doesNotHaveDuplicates();
    Map<String, Reward> rewards = lake.rewards().read("main", 0, VERSIONS, HistoryRows.VERIFIER);
    assertThat(rewards.keySet())
        .containsExactlyInAnyOrderElementsOf(rollouts.stream().map(Rollout::rolloutId).toList());
    assertThat(rewards.values().stream().map(Reward::right).distinct()).hasSize(2);
    assertThat(lake.anchorLogprobs().read("main", 0, VERSIONS)).hasSize(VERSIONS * ROLLOUTS);
    assertThat(lake.stepRollouts().read("main", 0, VERSIONS)).hasSize(2 * VERSIONS * ROLLOUTS);
    assertThat(lake.policies().read("main", 0, VERSIONS)).hasSize(VERSIONS + 1);
    // What a step says it read was there, and nothing later.
    assertThat(lake.trainSteps().read("main"))
        .allSatisfy(
            step -> {
              assertThat(
                      lake.rollouts().dataset(step.rolloutsTableVersion()).count()
                          / (double) ROLLOUTS)
                  .isEqualTo(step.step() + 1);
              assertThat(lake.anchorLogprobs().dataset(step.anchorLogprobsTableVersion()).count())
                  .isEqualTo((long) step.step() * ROLLOUTS);
            });
    assertThat(build("b").rollouts().read("main", 0, VERSIONS))
        .as("another build of the same size")
        .usingRecursiveComparison()
        .isEqualTo(rollouts);
  }

  @Test
  void measuredStepsAreCommittedOnes() {
    build("a");
    build("b");
    List<Path> both = List.of(directory.resolve("a"), directory.resolve("b"));
    JsonObject json =
        JsonParser.parseString(
                TablesBench.measure(
                    spark(),
                    both,
                    /* steps= */ 1,
                    EnumSet.allOf(TablesBench.Whole.class),
                    Console.silent()))
            .getAsJsonObject();
    assertThat(json.getAsJsonArray("histories")).hasSize(2);
    for (Path work : both) {
      Lakehouse lake = Lakehouse.open(spark(), work);
      int step = RunState.require(lake, "main").step();
      assertThat(step).as("one measured step after those for warming up").isGreaterThan(VERSIONS);
      assertThat(lake.rollouts().read("main", 0, step)).hasSize(step * ROLLOUTS);
    }
    JsonObject first = json.getAsJsonArray("histories").get(0).getAsJsonObject();
    assertThat(first.get("versions").getAsInt()).isEqualTo(VERSIONS);
    assertThat(first.get("tokens").getAsInt()).isEqualTo(TOKENS);
    assertThat(first.get("fsck_rows").getAsLong()).isGreaterThan(10L * VERSIONS * ROLLOUTS);
    assertThat(first.getAsJsonObject("median_seconds").get("total").getAsDouble()).isPositive();
    assertThat(first.get("query_rows").getAsInt())
        .isEqualTo(RunState.require(Lakehouse.open(spark(), both.get(0)), "main").step());
    assertThat(json.get("peak_heap_bytes").getAsLong()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--build full",
        "--build new --rollouts 12",
        "--build new --versions 0",
        "--build new --work full",
        "--work missing",
        "--work full --steps 0"
      })
  void impossibleFlagsAreUserErrors(String flags) throws IOException {
    Files.createDirectories(directory.resolve("full/tables"));
    String line =
        flags
            .replace("full", directory.resolve("full").toString())
            .replace("new", directory.resolve("new").toString())
            .replace("missing", directory.resolve("missing").toString());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    int code =
        Sponge.execute(
            ("bench tables " + line).strip().split(" "),
            () -> {
              throw new AssertionError("no stage may start");
            },
            out,
            out);
    assertThat(code).as(bytes.toString(StandardCharsets.UTF_8)).isEqualTo(Sponge.USER_ERROR);
    assertThat(bytes.toString(StandardCharsets.UTF_8)).hasLineCount(1);
    assertThat(directory.resolve("new")).doesNotExist();
  }
}
