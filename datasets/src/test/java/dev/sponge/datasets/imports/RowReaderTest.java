package dev.sponge.datasets.imports;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.sponge.datasets.RejectionReason;
import dev.sponge.datasets.imports.FileRow.Fields;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowReaderTest {
  private static final Path BENCHMARKS =
      Path.of(System.getProperty("sponge.benchmarks", "../../shared/benchmarks"));

  private static List<Fields> rows(String name, InputStream in) {
    List<Fields> rows = new ArrayList<>();
    try (JsonRows json = new JsonRows(in, name, bytes -> {})) {
      for (Optional<FileRow> row = json.next(); row.isPresent(); row = json.next()) {
        rows.add((Fields) row.get());
      }
    }
    return rows;
  }

  private static List<Fields> sample(String name) {
    return rows(name, RowReaderTest.class.getResourceAsStream(name));
  }

  private static RowReader reader(DatasetFormat format) {
    return new RowReader(format, Map.of(), gold -> {});
  }

  private static List<ImportedPrompt> read(DatasetFormat format, String... names) {
    List<ImportedPrompt> prompts = new ArrayList<>();
    for (String name : names) {
      for (Fields row : sample(name)) {
        assertThat(reader(format).fits(row.values())).as(name).isTrue();
        try {
          prompts.add(reader(format).read(row.values()));
        } catch (RowRejected e) {
          throw new AssertionError(name, e);
        }
      }
    }
    return prompts;
  }

  private static RowRejected rejected(DatasetFormat format, String row) {
    try {
      throw new AssertionError(
          reader(format).read(JsonParser.parseString(row).getAsJsonObject()).toString());
    } catch (RowRejected e) {
      return e;
    }
  }

  @Test
  void everyFormatGivesProblemGoldAndTheRest() {
    assertThat(read(DatasetFormat.AIME, "aime.json"))
        .extracting(ImportedPrompt::gold)
        .containsExactly("401", "3");
    List<ImportedPrompt> amc = read(DatasetFormat.AMC, "amc.json");
    assertThat(amc).extracting(ImportedPrompt::gold).containsExactly("142", "-4.5");
    assertThat(amc.get(0).id()).contains("https://example.org/1");
    assertThat(amc.get(0).difficulty()).contains(2.0);
    assertThat(amc.get(0).metadata()).isEmpty();
    List<ImportedPrompt> math = read(DatasetFormat.MATH, "math500.json");
    assertThat(math.get(0).gold()).isEqualTo("\\left( 3, \\frac{\\pi}{2} \\right)");
    assertThat(math.get(0).id()).contains("test/precalculus/1.json");
    assertThat(math.get(0).source()).as("a benchmark, not to be trained on").contains("math500");
    assertThat(math.get(0).split()).contains("test");
    List<ImportedPrompt> gsm = read(DatasetFormat.GSM8K, "gsm8k.jsonl");
    assertThat(gsm).extracting(ImportedPrompt::gold).containsExactly("72", "1200");
    assertThat(gsm.get(0).problem()).startsWith("Ann sells 48 clips");
    assertThat(gsm.get(0).metadata().orElseThrow())
        .contains("\"solution\":\"In May she sells 48/2 = 24 clips.");
    List<ImportedPrompt> deep = read(DatasetFormat.DEEPSCALER, "deepscaler.json");
    assertThat(deep).extracting(ImportedPrompt::gold).containsExactly("\\frac{1}{2}", "3");
    assertThat(deep.get(0).metadata()).contains("{\"solution\":\"So $\\\\boxed{\\\\frac12}$.\"}");
  }

  @Test
  void listsOfAnswersAreAcceptedOnesOrParts() {
    List<ImportedPrompt> minerva = read(DatasetFormat.MINERVA, "minerva.json");
    assertThat(minerva)
        .extracting(ImportedPrompt::gold)
        .containsExactly("9.6", "[\"0.01\",\"0.02\"]");
    assertThat(minerva.get(1).subject()).contains("Introduction (2031)");
    assertThat(minerva.get(1).id()).contains("13");
    List<ImportedPrompt> olympiad = read(DatasetFormat.OLYMPIADBENCH, "olympiad.json");
    assertThat(olympiad)
        .extracting(ImportedPrompt::gold)
        .containsExactly("2", "$f(x)=0$, $f(x)=x$");
    assertThat(olympiad.get(1).subject()).contains("Algebra");
    assertThat(olympiad.get(1).metadata().orElseThrow())
        .contains("\"unit\":\"km\"", "\"error\":\"1e-1\"", "\"answer_type\":\"Expression\"")
        .doesNotContain("context");
  }

  @Test
  void theOriginalMathHasItsAnswersInBoxes() {
    List<ImportedPrompt> math =
        read(DatasetFormat.MATH, "math/algebra/1.json", "math/algebra/2.json");
    assertThat(math).extracting(ImportedPrompt::gold).containsExactly("\\frac{1}{2}", "5");
    assertThat(math.get(0).difficulty()).contains(3.0);
    assertThat(math.get(1).difficulty()).as("Level ?").isEmpty();
    assertThat(math.get(1).metadata().orElseThrow()).contains("Level ?", "\"solution\"");
    assertThat(math.get(0).subject()).contains("Algebra");
    assertThat(math.get(0).source()).isEmpty();
  }

  @Test
  void verlTellsSourceAndSplitAndGenericNamesAreFound() throws RowRejected {
    List<ImportedPrompt> verl = read(DatasetFormat.VERL, "verl.jsonl");
    assertThat(verl.get(0).source()).contains("math_dapo");
    assertThat(verl.get(0).split()).contains("test");
    assertThat(verl.get(0).problem()).isEqualTo("Solve it.");
    assertThat(verl.get(0).metadata().orElseThrow()).contains("\"system\":\"Be exact.\"");
    assertThat(verl.get(0).id()).contains("9a9b");
    assertThat(verl.get(1).gold()).isEqualTo("[\"3\",\"three\"]");
    assertThat(verl.get(1).split()).isEmpty();
    List<ImportedPrompt> generic = read(DatasetFormat.GENERIC, "generic.jsonl");
    assertThat(generic).extracting(ImportedPrompt::gold).containsExactly("B", "[\"x\",\"y\"]");
    assertThat(generic.get(1).metadata()).contains("{\"tags\":[\"a\"]}");
    RowReader named =
        new RowReader(
            DatasetFormat.GENERIC,
            Map.of("problem", "final_answer", "answer", "prompt", "subject", "id"),
            gold -> {});
    ImportedPrompt turned = named.read(sample("generic.jsonl").get(0).values());
    assertThat(turned.problem()).isEqualTo("B");
    assertThat(turned.gold()).startsWith("Pick one");
    assertThat(turned.subject()).contains("1");
  }

  @ParameterizedTest
  @CsvSource({
    "aime.json, AIME",
    "amc.json, AMC",
    "math500.json, MATH",
    "gsm8k.jsonl, GSM8K",
    "minerva.json, MINERVA",
    "olympiad.json, OLYMPIADBENCH",
    "deepscaler.json, DEEPSCALER",
    "verl.jsonl, VERL",
    "math/algebra/1.json, MATH",
    "generic.jsonl, GENERIC"
  })
  void theLikeliestFormatIsFound(String sample, DatasetFormat format) {
    Fields first = sample(sample).get(0);
    assertThat(DatasetFormat.of(first.values())).contains(format);
  }

  @Test
  void aRowThatCannotBeAPromptSaysWhy() {
    assertThat(rejected(DatasetFormat.MATH, "{\"answer\":\"1\"}").reason())
        .isEqualTo(RejectionReason.MISSING_FIELD);
    assertThat(rejected(DatasetFormat.MATH, "{\"problem\":\" \",\"answer\":\"1\"}").reason())
        .isEqualTo(RejectionReason.MISSING_FIELD);
    assertThat(rejected(DatasetFormat.MATH, "{\"problem\":{},\"answer\":\"1\"}").reason())
        .isEqualTo(RejectionReason.MISSING_FIELD);
    assertThat(rejected(DatasetFormat.MATH, "{\"problem\":\"p\"}")).hasMessageContaining("problem");
    for (String empty : List.of("null", "\"\"", "\" \\n\"", "[]", "[null]")) {
      assertThat(
              rejected(DatasetFormat.MINERVA, "{\"problem\":\"p\",\"answer\":%s}".formatted(empty))
                  .reason())
          .as(empty)
          .isEqualTo(RejectionReason.EMPTY_GOLD);
    }
    for (String gold : List.of("\"1000\"", "\"x\"", "12.5", "true", "{}")) {
      assertThat(
              rejected(DatasetFormat.AIME, "{\"problem\":\"p\",\"answer\":%s}".formatted(gold))
                  .reason())
          .as(gold)
          .isEqualTo(RejectionReason.UNPARSED_GOLD);
    }
    assertThat(rejected(DatasetFormat.GSM8K, "{\"question\":\"p\",\"answer\":\"5\"}").reason())
        .isEqualTo(RejectionReason.UNPARSED_GOLD);
    assertThat(
            rejected(DatasetFormat.MATH, "{\"problem\":\"p\",\"solution\":\"\\\\boxed{1\"}")
                .reason())
        .isEqualTo(RejectionReason.UNPARSED_GOLD);
    assertThat(
            rejected(
                    DatasetFormat.MATH,
                    "{\"problem\":\"%s\",\"answer\":\"1\"}".formatted("a".repeat(100_001)))
                .reason())
        .isEqualTo(RejectionReason.TOO_LONG);
    assertThat(
            rejected(DatasetFormat.MATH, "{\"problem\":\"a\\ud800b\",\"answer\":\"1\"}").reason())
        .isEqualTo(RejectionReason.WRONG_ENCODING);
    assertThat(
            rejected(
                    DatasetFormat.VERL,
                    "{\"prompt\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}],\"reward_model\":{\"ground_truth\":\"1\"}}")
                .reason())
        .isEqualTo(RejectionReason.MISSING_FIELD);
  }

  @Test
  void aGoldThatDoesNotStandTheCheckIsRejectedWithItsWords() {
    RowReader strict =
        new RowReader(
            DatasetFormat.MATH,
            Map.of(),
            gold -> {
              throw new UserError("not understood: " + gold);
            });
    try {
      strict.read(sample("math500.json").get(1).values());
      throw new AssertionError("taken");
    } catch (RowRejected e) {
      assertThat(e.reason()).isEqualTo(RejectionReason.UNPARSED_GOLD);
      assertThat(e).hasMessage("not understood: p - q");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "aime.json, AIME, 30, 0",
    "amc.json, AMC, 83, 0",
    "math.json, MATH, 500, 0",
    "minerva.json, MINERVA, 272, 0",
    "olympiad_bench.json, OLYMPIADBENCH, 675, 0",
    "math_train.json, MATH, 7470, 4"
  })
  void thePublishedFilesAreReadWhole(String file, DatasetFormat format, int taken, int empty)
      throws IOException {
    Path path = BENCHMARKS.resolve(file);
    Assumptions.assumeTrue(
        Files.exists(path),
        "no benchmark files in " + BENCHMARKS + "; name their directory by -Dsponge.benchmarks");
    int prompts = 0;
    int rejected = 0;
    try (InputStream in = Files.newInputStream(path)) {
      for (Fields row : rows(file, in)) {
        assertThat(reader(format).fits(row.values())).isTrue();
        try {
          ImportedPrompt prompt = reader(format).read(row.values());
          assertThat(prompt.gold()).isEqualTo(prompt.gold().strip()).isNotEmpty();
          prompts++;
        } catch (RowRejected e) {
          assertThat(e.reason()).isEqualTo(RejectionReason.EMPTY_GOLD);
          rejected++;
        }
      }
    }
    assertThat(prompts).isEqualTo(taken);
    assertThat(rejected).isEqualTo(empty);
  }
}
