package dev.sponge.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchmarkCommandsTest {
  @TempDir Path directory;
  private final FakeStages stages = new FakeStages();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void useTheShippedConfigFile() throws IOException {
    System.setProperty(CommonOptions.HOME_PROPERTY, "..");
    Files.createDirectories(directory.resolve("tables"));
  }

  @AfterEach
  void forgetTheHome() {
    System.clearProperty(CommonOptions.HOME_PROPERTY);
    System.clearProperty(FailureReport.LOG_PROPERTY);
  }

  private int sponge(String... args) {
    List<String> line = new ArrayList<>(List.of(args));
    line.addAll(List.of("--work", directory.toString()));
    return Sponge.execute(
        line.toArray(String[]::new),
        () -> stages,
        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private void assertRefused(String message, String... args) {
    err.reset();
    assertThat(sponge(args)).as(String.join(" ", args)).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .singleElement()
        .asString()
        .contains(message);
    assertThat(stages.calls).isEmpty();
  }

  @Test
  void theFlagsOfThePaper() {
    assertThat(
            sponge(
                "evaluate",
                "--benchmarks",
                "aime24,amc23",
                "--n",
                "8",
                "--temperature",
                "0.7",
                "--top-p",
                "0.9",
                "--max-tokens",
                "4096",
                "--policy",
                "20",
                "--problems",
                "5",
                "--verifier",
                "math",
                "--k",
                "1,4,8",
                "--markdown"))
        .isZero();
    assertThat(stages.calls)
        .containsExactly(
            "benchmarks main BenchmarkRequest[settings=BenchmarkSettings[benchmarks=[aime24, amc23],"
                + " samples=8, temperature=0.7, topP=0.9, maxTokens=OptionalInt[4096],"
                + " problems=OptionalInt[5], verifier=Optional[math]],"
                + " policyVersion=OptionalInt[20], ks=[1, 4, 8], format=MARKDOWN]");
  }

  @Test
  void whatIsNotGivenHasADefault() {
    assertThat(sponge("evaluate", "--benchmarks", "aime24")).isZero();
    assertThat(sponge("evaluate", "--benchmarks", "aime24", "--temperature", "0", "--n", "1"))
        .isZero();
    assertThat(stages.calls).hasSize(2);
    assertThat(stages.calls.get(0))
        .contains("samples=16, temperature=0.6, topP=0.95, maxTokens=OptionalInt.empty")
        .contains("policyVersion=OptionalInt.empty, ks=[], format=TEXT");
    assertThat(stages.calls.get(1)).contains("samples=1, temperature=0.0, topP=1.0");
  }

  @Test
  void storedResponsesAreScoredAndCompared() {
    assertThat(sponge("evaluate", "--recompute", "--verifier", "math@1", "--k", "1,8", "--json"))
        .isZero();
    assertThat(sponge("compare", "--policies", "0,other:20", "--run", "mine", "--n", "16"))
        .isZero();
    assertThat(stages.calls)
        .containsExactly(
            "recompute main RecomputeRequest[filter=EvaluationFilter[benchmarks=[],"
                + " samples=OptionalInt.empty, temperature=OptionalDouble.empty,"
                + " topP=OptionalDouble.empty, maxTokens=OptionalInt.empty,"
                + " problems=OptionalInt.empty], policyVersion=OptionalInt.empty,"
                + " verifier=Optional[math@1], ks=[1, 8], format=JSON]",
            "compare mine CompareRequest[first=PolicyName[run=Optional.empty, version=0],"
                + " second=PolicyName[run=Optional[other], version=20],"
                + " filter=EvaluationFilter[benchmarks=[], samples=OptionalInt[16],"
                + " temperature=OptionalDouble.empty, topP=OptionalDouble.empty,"
                + " maxTokens=OptionalInt.empty, problems=OptionalInt.empty],"
                + " verifier=Optional.empty, ks=[], format=TEXT]");
  }

  @Test
  void whatContradictsItselfIsRefused() {
    assertRefused("--n, --k without --benchmarks", "evaluate", "--n", "4", "--k", "1");
    assertRefused("--policy without --benchmarks", "evaluate", "--policy", "1");
    assertRefused("--n 16", "evaluate", "--benchmarks", "aime24", "--temperature", "0");
    assertRefused("--json and --markdown", "compare", "--policies", "0,1", "--json", "--markdown");
    assertRefused("give two", "compare", "--policies", "0");
    assertRefused("RUN:VERSION", "compare", "--policies", "0,newest");
  }
}
