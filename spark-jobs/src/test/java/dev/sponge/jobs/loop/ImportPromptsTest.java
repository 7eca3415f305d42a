package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.datasets.RejectionReason;
import dev.sponge.jobs.cli.DatasetTools.Format;
import dev.sponge.jobs.cli.DatasetTools.PromptImport;
import dev.sponge.jobs.data.ImportPromptsJob;
import dev.sponge.jobs.data.ImportReport;
import dev.sponge.jobs.loop.FaultyFileSystem.Fault;
import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.reuse.ForgetJob;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.RejectedPrompt;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(Lifecycle.PER_CLASS)
class ImportPromptsTest {
  @TempDir static Path shared;
  @TempDir Path directory;
  private Lakehouse lake;

  @BeforeAll
  void open() {
    lake = Lakehouse.open(TinyRun.spark(), shared.resolve("work"));
  }

  @AfterEach
  void repair() {
    FaultyFileSystem.breakWrites(Fault.NONE, 0);
  }

  private static PromptImport request(Format format, Path path, String source) {
    return new PromptImport(
        format, path.toString(), Optional.empty(), Optional.of(source), Map.of(), false);
  }

  private ImportReport run(PromptImport request) {
    return new ImportPromptsJob(lake, Console.silent()).run(request);
  }

  private List<Prompt> prompts(String split, String source) {
    return lake.prompts().read(split).stream()
        .filter(prompt -> prompt.source().equals(source))
        .toList();
  }

  private List<RejectedPrompt> rejected(String source) {
    return lake.promptsRejected().read().stream()
        .filter(row -> row.source().equals(source))
        .toList();
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  private static String row(String problem, String answer, String id) {
    return "{\"problem\":\"%s\",\"answer\":\"%s\",\"unique_id\":\"%s\"}\n"
        .formatted(problem, answer, id);
  }

  /** A row of each kind, good ones first and last. */
  private Path everyKind() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] latin = row("caf?", "3", "c").getBytes(StandardCharsets.UTF_8);
    latin[15] = (byte) 0xE9;
    bytes.writeBytes(row("What is $1+1$?", "2", "a").getBytes(StandardCharsets.UTF_8));
    bytes.writeBytes("{\"problem\": \"x\",\n".getBytes(StandardCharsets.UTF_8));
    bytes.writeBytes(latin);
    for (String line :
        List.of(
            "{\"answer\":\"3\"}\n",
            row("Another?", "4", "a"),
            row("What is $1+1$?", "2", "b"),
            row("What is $1+1$?", "3", "d"),
            "{\"problem\":\"P8\",\"answer\":null}\n",
            row("P9", " ", "e"),
            row("P10", "1+".repeat(4_000) + "1", "f"),
            row("p".repeat(100_001), "1", "g"),
            row("q".repeat(9 << 20), "1", "h"),
            row("What is $1+2$?", "3", "i"))) {
      bytes.writeBytes(line.getBytes(StandardCharsets.UTF_8));
    }
    return Files.write(directory.resolve("every.jsonl"), bytes.toByteArray());
  }

  private static final Map<RejectionReason, Long> EVERY_REASON =
      Map.of(
          RejectionReason.BROKEN_JSON, 1L,
          RejectionReason.WRONG_ENCODING, 1L,
          RejectionReason.MISSING_FIELD, 1L,
          RejectionReason.DUPLICATE_ID, 1L,
          RejectionReason.DUPLICATE_PROMPT, 2L,
          RejectionReason.EMPTY_GOLD, 2L,
          RejectionReason.UNPARSED_GOLD, 1L,
          RejectionReason.TOO_LONG, 2L);

  @Test
  void badRowsAreListedWithTheirReasonAndARerunChangesNothing() throws IOException {
    PromptImport request = request(Format.MATH, everyKind(), "every");
    long before = lake.prompts().version();
    long rejectedBefore = lake.promptsRejected().version();
    assertThat(run(request)).isEqualTo(new ImportReport(13, 2, 0, 0, EVERY_REASON));
    assertThat(lake.prompts().version()).as("one commit").isEqualTo(before + 1);
    assertThat(lake.promptsRejected().version()).isEqualTo(rejectedBefore + 1);

    List<Prompt> prompts = prompts("train", "every");
    assertThat(prompts).extracting(Prompt::answer).containsExactlyInAnyOrder("2", "3");
    assertThat(prompts).allMatch(Prompt::isRaw);
    assertThat(prompts).extracting(Prompt::sourceId).containsExactlyInAnyOrder("a", "i");
    List<RejectedPrompt> rejected = rejected("every");
    assertThat(rejected)
        .extracting(row -> row.place() + " " + row.reason())
        .containsExactlyInAnyOrder(
            "every.jsonl:2 broken-json",
            "every.jsonl:3 wrong-encoding",
            "every.jsonl:4 missing-field",
            "every.jsonl:5 duplicate-id",
            "every.jsonl:6 duplicate-prompt",
            "every.jsonl:7 duplicate-prompt",
            "every.jsonl:8 empty-gold",
            "every.jsonl:9 empty-gold",
            "every.jsonl:10 unparsed-gold",
            "every.jsonl:11 too-long",
            "every.jsonl:12 too-long");
    assertThat(rejected).allMatch(row -> row.excerpt().length() <= 200 && row.promptId() == null);
    assertThat(rejected)
        .filteredOn(row -> row.reason().equals("duplicate-prompt"))
        .extracting(RejectedPrompt::similarTo)
        .containsOnly(
            prompts.stream()
                .filter(p -> p.answer().equals("2"))
                .findFirst()
                .orElseThrow()
                .promptId());

    assertThat(run(request)).isEqualTo(new ImportReport(13, 0, 2, 0, EVERY_REASON));
    assertThat(lake.prompts().version()).isEqualTo(before + 1);
    assertThat(lake.promptsRejected().version()).isEqualTo(rejectedBefore + 1);
    assertThat(run(request).line())
        .isEqualTo(
            "13 rows: 0 prompts imported, 2 already there, 11 rejected (broken-json 1,"
                + " wrong-encoding 1, missing-field 1, duplicate-id 1, duplicate-prompt 2,"
                + " empty-gold 2, unparsed-gold 1, too-long 2)");
  }

  private static List<Path> dataFiles(Path work) throws IOException {
    try (Stream<Path> files = Files.walk(work)) {
      return files.filter(file -> file.toString().endsWith(".parquet")).sorted().toList();
    }
  }

  private void assertNothingWritten(PromptImport request, String... words) throws IOException {
    long version = lake.prompts().version();
    long rejected = lake.promptsRejected().version();
    List<Path> files = dataFiles(shared);
    assertThatThrownBy(() -> run(request))
        .isInstanceOf(UserError.class)
        .satisfies(e -> assertThat(e.getMessage()).contains(words));
    assertThat(lake.prompts().version()).isEqualTo(version);
    assertThat(lake.promptsRejected().version()).isEqualTo(rejected);
    assertThat(dataFiles(shared)).as("files without a commit").isEqualTo(files);
  }

  @Test
  void whatCannotBeImportedLeavesNothingBehind() throws IOException {
    PromptImport every = request(Format.MATH, everyKind(), "strict");
    assertNothingWritten(
        new PromptImport(
            Format.MATH, every.path(), Optional.empty(), every.source(), Map.of(), true),
        "11 of 13 rows cannot be used",
        "the first: every.jsonl:2 broken-json",
        "--strict");
    Path gsm = file("gsm.jsonl", "{\"question\":\"How many?\",\"answer\":\"Two.\\n#### 2\"}\n");
    assertNothingWritten(
        request(Format.MATH, gsm, "x"),
        "gsm.jsonl is of another format: its rows have the fields question, answer",
        "needs problem",
        "format gsm8k fits");
    Path other = file("other.json", "[{\"a\":1,\"b\":2}]");
    assertNothingWritten(
        request(Format.AIME, other, "x"), "fields a, b", "no format fits", "--fields");
    Path list = file("list.json", "[{\"problem\":\"p\",\"answer\":[\"1\"],\"idx\":1}]");
    assertNothingWritten(request(Format.MATH, list, "x"), "format minerva fits");
    String rows = "[" + row("One?", "1", "1") + "," + row("Two?", "2", "2");
    assertNothingWritten(request(Format.MATH, file("cut.json", rows), "x"), "cut off");
    assertNothingWritten(
        request(Format.MATH, file("all.jsonl", "{\n\n{\n"), "x"), "all of 2 rows cannot be used");
    assertNothingWritten(
        request(Format.MATH, directory.resolve("nowhere"), "x"), "There is no file or directory");
    Files.createDirectories(directory.resolve("empty"));
    assertNothingWritten(
        request(Format.MATH, directory.resolve("empty"), "x"), "holds no file that ends with");
    assertNothingWritten(
        request(Format.HF_PARQUET, gsm, "x"), "is a file of JSON", "--format jsonl");
    Path notParquet = file("no.parquet", "PAR0 and something else");
    assertNothingWritten(request(Format.PARQUET, notParquet, "x"), "no.parquet cannot be read");
    assertNothingWritten(
        request(Format.GSM8K, notParquet, "x"), "is a Parquet file", "--format hf-parquet");
    assertThat(run(request(Format.MATH, file("none.jsonl", ""), "x")))
        .isEqualTo(new ImportReport(0, 0, 0, 0, Map.of()));
  }

  @Test
  void anImportThatIsBrokenOffAnywhereIsCompletedByTheNextOne() throws IOException {
    Path good = everyKind();
    int goodWrites = 0;
    for (boolean done = false; !done; goodWrites++) {
      Path work = directory.resolve("store" + goodWrites);
      String root =
          FaultyFileSystem.root(TinyRun.spark().sparkContext().hadoopConfiguration(), work);
      Lakehouse broken = Lakehouse.open(TinyRun.spark(), root);
      PromptImport request = request(Format.MATH, good, "broken");
      FaultyFileSystem.breakWrites(Fault.NO_SPACE, goodWrites);
      try {
        new ImportPromptsJob(broken, Console.silent()).run(request);
        done = true;
      } catch (SpongeException e) {
        assertThat(e).hasMessageContaining(Fault.NO_SPACE.message());
      }
      FaultyFileSystem.breakWrites(Fault.NONE, 0);
      assertThat(broken.prompts().read("train"))
          .as("after %d writes", goodWrites)
          .hasSize(done ? 2 : 0);
      ImportReport again = new ImportPromptsJob(broken, Console.silent()).run(request);
      assertThat(again.imported() + again.there()).isEqualTo(2);
      assertThat(broken.prompts().read("train")).hasSize(2);
      assertThat(broken.promptsRejected().read()).hasSize(11);
    }
    assertThat(goodWrites).as("writes that failed").isGreaterThan(3);
  }

  @Test
  void parquetIsReadInTheShapesOfHuggingFaceAndVerl() throws IOException {
    SparkSession spark = TinyRun.spark();
    Path hf = directory.resolve("hf");
    spark
        .sql("SELECT 'How many?' question, '1+1=<<1+1=2>>2\n#### 2' answer, binary('x') image")
        .union(spark.sql("SELECT 'And now?', null, null"))
        .coalesce(1)
        .write()
        .parquet(hf.toString());
    PromptImport found =
        new PromptImport(
            Format.HF_PARQUET, hf.toString(), Optional.empty(), Optional.empty(), Map.of(), false);
    assertThat(run(found))
        .isEqualTo(new ImportReport(2, 1, 0, 0, Map.of(RejectionReason.EMPTY_GOLD, 1L)));
    Prompt gsm = prompts("train", "gsm8k").get(0);
    assertThat(gsm.answer()).isEqualTo("2");
    assertThat(gsm.metadata()).contains("1+1=2").doesNotContain("image");

    Path verl = directory.resolve("verl");
    spark
        .sql(
            "SELECT 'set/a' data_source, array(named_struct('role','user','content','Solve it.'))"
                + " prompt, 'math' ability, named_struct('style','rule','ground_truth','7')"
                + " reward_model, named_struct('split','test','index',3) extra_info")
        .write()
        .parquet(verl.toString());
    assertThat(
            run(new PromptImport(
                    Format.VERL_PARQUET,
                    verl.toString(),
                    Optional.empty(),
                    Optional.empty(),
                    Map.of(),
                    false))
                .imported())
        .isEqualTo(1);
    Prompt asked = prompts("test", "set/a").get(0);
    assertThat(asked.prompt()).isEqualTo("Solve it.");
    assertThat(asked.sourceId()).isEqualTo("3");
    assertThat(asked.subject()).isEqualTo("math");

    Path named = directory.resolve("my data");
    spark.sql("SELECT 'Which?' q, 12 a, 3.5D hard").write().parquet(named.toString());
    PromptImport fields =
        new PromptImport(
            Format.PARQUET,
            named.toString(),
            Optional.of("test"),
            Optional.empty(),
            Map.of("problem", "q", "answer", "a", "difficulty", "hard"),
            false);
    assertThat(run(fields).imported()).isEqualTo(1);
    Prompt other = prompts("test", "my-data").get(0);
    assertThat(other.answer()).isEqualTo("12");
    assertThat(other.difficulty()).isEqualTo(3.5);
  }

  @Test
  void aForgottenPromptDoesNotComeBack() throws IOException {
    Path rows =
        file("f.jsonl", row("Keep?", "1", "1") + row("Go?", "2", "2") + row("Go?", "3", "3"));
    run(request(Format.MATH, rows, "recall"));
    Prompt gone =
        prompts("train", "recall").stream()
            .filter(p -> p.prompt().equals("Go?"))
            .findFirst()
            .orElseThrow();
    assertThat(rejected("recall")).hasSize(1);
    ForgetJob.Report report = new ForgetJob(lake).run(gone.promptId(), "asked to");
    assertThat(report.rows()).containsEntry("prompts", 1L).containsEntry("prompts_rejected", 1L);
    assertThat(lake.recalls().read(gone.promptId()).orElseThrow().source()).isEqualTo("recall");
    assertThat(rejected("recall")).as("its text").isEmpty();
    ImportReport again = run(request(Format.MATH, rows, "recall"));
    assertThat(again).isEqualTo(new ImportReport(3, 0, 1, 2, Map.of()));
    assertThat(prompts("train", "recall")).hasSize(1);
  }
}
