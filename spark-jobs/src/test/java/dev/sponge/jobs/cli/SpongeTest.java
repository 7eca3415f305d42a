package dev.sponge.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.cli.Stages.Outcome;
import dev.sponge.jobs.cli.Stages.SqlResult;
import dev.sponge.jobs.config.OfflineConfig;
import dev.sponge.jobs.config.RunConfig.Algorithm;
import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.rl.SpongeException;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpongeTest {
  @TempDir Path directory;
  private final FakeStages stages = new FakeStages();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private boolean stagesLoaded;

  @BeforeEach
  void useTheShippedConfigFile() {
    System.setProperty(CommonOptions.HOME_PROPERTY, "..");
  }

  @AfterEach
  void forgetTheHome() {
    System.clearProperty(CommonOptions.HOME_PROPERTY);
    System.clearProperty(FailureReport.LOG_PROPERTY);
  }

  private int sponge(String... args) {
    List<String> line = new ArrayList<>(List.of(args));
    if (args.length > 0 && !line.contains("--work") && !line.contains("--help")) {
      line.addAll(List.of("--work", work().toString()));
    }
    return Sponge.execute(
        line.toArray(String[]::new),
        () -> {
          stagesLoaded = true;
          return stages;
        },
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private Path work() {
    return directory.resolve("work");
  }

  private void withTables() throws IOException {
    Files.createDirectories(work().resolve("tables"));
  }

  private String errors() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private String output() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private void assertRefused(String... args) {
    assertThat(sponge(args)).as(String.join(" ", args)).isEqualTo(2);
    assertThat(errors().lines()).hasSize(1).allMatch(line -> line.startsWith("sponge: "));
    assertThat(stagesLoaded).isFalse();
    assertThat(output()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "prepare",
        "bootstrap",
        "rollout",
        "train",
        "reincarnate",
        "evaluate",
        "run",
        "quickstart"
      })
  void eachSubcommandCallsItsStageOnce(String command) throws IOException {
    withTables();
    assertThat(sponge(command)).isZero();
    assertThat(stages.calls).containsExactly(command);
    assertThat(stages.context.work()).isEqualTo(work().toAbsolutePath());
    assertThat(stages.context.config().reincarnation().at()).hasValue(shippedReincarnationStep());
    assertThat(errors()).isEmpty();
  }

  @Test
  void flagsOverrideAssignmentsWhichOverrideTheFile() throws IOException {
    Path file = directory.resolve("my.conf");
    Files.writeString(file, "run { steps = 3, seed = 3, name = a }");
    int code =
        sponge(
            "run",
            "--config",
            file.toString(),
            "--set",
            "run.seed=4",
            "--set",
            "run.steps=4",
            "--steps",
            "5",
            "--run",
            "b",
            "--set",
            "model.dir=",
            "--algorithm",
            "grpo",
            "--set=training.learning_rate=1e-4");
    assertThat(code).isZero();
    assertThat(stages.context.config().run().steps()).isEqualTo(5);
    assertThat(stages.context.config().run().seed()).isEqualTo(4);
    assertThat(stages.context.config().run().name()).isEqualTo("b");
    assertThat(stages.context.config().run().algorithm()).isEqualTo(Algorithm.GRPO);
    assertThat(stages.context.config().training().learningRate()).isEqualTo(1e-4);
    assertThat(stages.context.config().history().largestShare()).as("effective").isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "run --stepz 3 | Unknown option --stepz; did you mean --steps",
        "runn | Unknown command runn; did you mean run",
        "run --steps many | run.steps",
        "run --steps | Expected parameter for option '--steps'",
        "run --set run.steps | not of the form KEY=VALUE",
        "run --set rollout.grup_size=4 | Did you mean rollout.group_size?",
        "run --set rollout.group_size=1 | rollout.group_size of 2 or more",
        "run --set history.versions=0 | history.share = 0.4 contradicts history.versions = 0",
        "run --algorithm dqn | use remix-grpo, grpo",
        "train --from-history main | not of the form RUN:FROM-TO",
        "train --from-history main:0-3 | the same run",
        "train --run b --from-history main:3-1 | offline.to_version = 1",
        "train --run b --from-history main:0-3 --set history.share=0.3 | fixes it at 0.0",
        "rescore | --verifier",
        "run --device tpu | use cpu, gpu, spark",
        "run --config missing.conf | missing.conf does not exist",
        "run --set model.dir=missing | model.dir = missing is no directory",
        "run extra | Unknown argument extra; see sponge run --help",
        "sql | Give either one query or --file FILE",
        "sql select --limit 0 | --limit 0 is out of range",
        "train | holds no tables"
      })
  void badInputGetsOneSentenceAndCodeTwoBeforeAnyStageIsLoaded(String line, String message) {
    assertRefused(line.split(" "));
    assertThat(errors()).contains(message);
  }

  @Test
  void noCommandAndAnEmptyQueryAreBadInput() {
    assertRefused();
    assertThat(errors()).contains("No command given; see sponge --help");
    err.reset();
    assertRefused("sql", " ");
  }

  @Test
  void aModelDirectoryWithoutItsFilesIsBadInput() throws IOException {
    Path model = Files.createDirectories(directory.resolve("model"));
    Files.createFile(model.resolve("config.json"));
    assertRefused("run", "--set", "model.dir=" + model);
    assertThat(errors()).contains("lacks model.safetensors");
    Files.createFile(model.resolve("model.safetensors.index.json"));
    err.reset();
    assertRefused("run", "--set", "model.dir=" + model);
    assertThat(errors()).contains("lacks tokenizer.json");
  }

  @Test
  void aWorkDirectoryThatCannotBeMadeIsBadInput() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertRefused("run", "--work", file.resolve("work").toString());
  }

  @Test
  void aMissingDefaultConfigFileIsBadInput() {
    System.setProperty(CommonOptions.HOME_PROPERTY, directory.toString());
    assertRefused("run");
    assertThat(errors()).contains("quickstart.conf does not exist", "--config FILE");
  }

  @Test
  void aUserErrorOfAStageIsOneSentenceEvenWhenWrapped() {
    stages.behaviour =
        () -> {
          throw new IllegalStateException(
              "task lost", new UserError("The prompts table is empty."));
        };
    assertThat(sponge("run")).isEqualTo(2);
    assertThat(errors().lines()).containsExactly("sponge: The prompts table is empty.");
  }

  @Test
  void damageIsReportedWithTheLogFileAndCodeOne() {
    stages.behaviour =
        () -> {
          throw new IllegalStateException(
              "job aborted", new SpongeException("Checkpoint 3 is torn"));
        };
    assertThat(sponge("run")).isEqualTo(1);
    assertThat(errors().lines())
        .containsExactly(
            "sponge: Checkpoint 3 is torn. The full trace is in "
                + work().resolve("logs").resolve("sponge.log")
                + ".");
  }

  @Test
  void anUnexpectedFailureNamesItsRootCauseInOneLine() {
    stages.behaviour =
        () -> {
          throw new IllegalStateException("a", new IOException("disk full\n\tat somewhere"));
        };
    assertThat(sponge("run")).isEqualTo(1);
    assertThat(errors().lines())
        .singleElement()
        .asString()
        .startsWith("sponge: The command failed with IOException: disk full.");
  }

  @Test
  void anExhaustedHeapIsAFailureToo() {
    stages.behaviour =
        () -> {
          throw new OutOfMemoryError("Java heap space");
        };
    assertThat(sponge("run")).isEqualTo(1);
    assertThat(errors().lines()).singleElement().asString().contains("OutOfMemoryError");
  }

  @Test
  void anInterruptedStageEndsWithItsOwnCode() {
    stages.behaviour =
        () -> {
          throw new IllegalStateException(new InterruptedException());
        };
    assertThat(sponge("run")).isEqualTo(130);
    assertThat(errors()).contains("sponge: interrupted");
  }

  @Test
  void aStageWithoutWorkSaysSo() {
    stages.behaviour = () -> Outcome.NOTHING_TO_DO;
    assertThat(sponge("prepare", "--quiet")).isZero();
    assertThat(output().lines()).containsExactly("prepare: nothing to do");
  }

  @Test
  void aRunThatEndsBeforeReincarnationSaysSo() {
    int t = shippedReincarnationStep();
    sponge("quickstart", "--steps", "" + t);
    assertThat(output())
        .contains("run.steps = %d does not pass reincarnation.step = %d".formatted(t, t));
    out.reset();
    sponge("quickstart", "--steps", "" + (t + 1));
    sponge("run", "--steps", "3", "--algorithm", "grpo");
    assertThat(output()).isEmpty();
  }

  /** T of the file that every command reads unless told otherwise. */
  private static int shippedReincarnationStep() {
    Path file = Path.of("../conf/quickstart.conf");
    return SpongeConfig.load(Optional.of(file), Map.of()).reincarnation().at().orElseThrow();
  }

  @Test
  void sqlRunsEveryQueryOfAFileAndPrintsTheCommentsAbove() throws IOException {
    withTables();
    stages.answer = new SqlResult(List.of("n"), List.of(List.of("7")), false);
    Path file = directory.resolve("two.sql");
    Files.writeString(file, "-- First.\nselect 1\nfrom a;\n\n-- Second\n-- one.\nselect 2;\n");
    assertThat(sponge("sql", "--file", file.toString())).isZero();
    assertThat(stages.calls).containsExactly("sql select 1\nfrom a\n;select 2 100");
    assertThat(output()).contains("First.").contains("Second one.");
    assertThat(sponge("sql", "select 1", "--file", file.toString())).isEqualTo(Sponge.USER_ERROR);
  }

  @Test
  void fsckChecksAllRunsUnlessOneIsNamedAndEndsWithTheFinding() throws IOException {
    withTables();
    assertThat(sponge("fsck")).isEqualTo(1);
    assertThat(sponge("fsck", "--run", "other", "--no-hashes", "--repair", "--json")).isEqualTo(1);
    assertThat(stages.calls)
        .containsExactly(
            "fsck FsckRequest[run=Optional.empty, hashes=true, repair=false, json=false]",
            "fsck FsckRequest[run=Optional[other], hashes=false, repair=true, json=true]");
  }

  @Test
  void lineageTakesARunAndAVersion() throws IOException {
    withTables();
    assertThat(sponge("lineage", "--run", "other", "--policy", "3")).isZero();
    assertThat(sponge("lineage", "--json")).isZero();
    assertThat(stages.calls)
        .containsExactly(
            "lineage other OptionalInt[3] false", "lineage main OptionalInt.empty true");
  }

  @Test
  void aStepIsReplayedWithTheCodeOfItsComparison() throws IOException {
    withTables();
    Path kept = directory.resolve("kept").toAbsolutePath();
    assertThat(sponge("replay", "--step", "2", "--run", "other")).isEqualTo(Sponge.FAILED);
    assertThat(sponge("replay", "--step", "3", "--keep", kept.toString(), "--any-engine")).isOne();
    assertThat(stages.calls)
        .containsExactly(
            "replay other ReplayRequest[step=2, keep=Optional.empty, anyEngine=false]",
            "replay main ReplayRequest[step=3, keep=Optional[" + kept + "], anyEngine=true]");
    assertThat(sponge("replay")).as("a step must be named").isEqualTo(Sponge.USER_ERROR);
  }

  @Test
  void whyTakesAStepAndACount() throws IOException {
    withTables();
    assertThat(sponge("why", "--step", "4")).isZero();
    assertThat(sponge("why", "--step", "4", "--top", "2", "--run", "other")).isZero();
    assertThat(stages.calls).containsExactly("why main 4 5", "why other 4 2");
    assertThat(sponge("why", "--step", "4", "--top", "0")).isEqualTo(Sponge.USER_ERROR);
  }

  @Test
  void sqlTakesAStepOfARun() throws IOException {
    withTables();
    stages.answer = new SqlResult(List.of("n"), List.of(List.of("1")), false);
    assertThat(sponge("sql", "select 1", "--at-step", "3", "--run", "other")).isZero();
    assertThat(stages.calls).containsExactly("sql select 1 100 at step 3");
    assertThat(stages.context.config().run().name()).isEqualTo("other");
  }

  @Test
  void maintainTakesItsSettings() throws IOException {
    withTables();
    assertThat(sponge("views", "--save")).isZero();
    assertThat(sponge("maintain", "--vacuum", "--unpin-before-step", "4", "--keep-last", "5"))
        .isZero();
    assertThat(stages.calls)
        .containsExactly(
            "views true",
            "maintain main MaintenanceSettings[dryRun=false, vacuum=true, olderThan=PT168H,"
                + " unpinBeforeStep=OptionalInt[4], checkpoints=KeptCheckpoints["
                + "last=Optional[5], every=Optional.empty, best=Optional.empty]]");
    assertThat(sponge("maintain", "--older-than", "3")).isEqualTo(Sponge.USER_ERROR);
    assertThat(errors()).contains("at least 24 hours");
  }

  @Test
  void migrateIsToldThePlace() throws IOException {
    withTables();
    assertThat(sponge("migrate")).isZero();
    assertThat(stages.calls).containsExactly("migrate " + work().toUri());
  }

  @Test
  void aUriForWorkLeavesLocalFilesInADirectoryOfTheirOwn() throws IOException {
    Path local = directory.resolve("local");
    assertThat(sponge("run", "--work", "s3a://bucket/a/b/", "--local", local.toString())).isZero();
    assertThat(stages.context.place())
        .isEqualTo(new WorkPlace(local, "s3a://bucket/a/b/", /* existing= */ false));
    assertThat(stages.context.work()).isEqualTo(local).isDirectory();
    assertThat(sponge("train", "--work", "hdfs:///a", "--local", local.toString())).isZero();
    assertThat(stages.context.place())
        .isEqualTo(new WorkPlace(local, "hdfs:///a", /* existing= */ true));
    assertThat(sponge("run", "--work", work().toUri().toString())).isZero();
    assertThat(stages.context.work()).isEqualTo(work());

    assertThat(sponge("run", "--work", "s3a://sponge-test/x")).isZero();
    Path derived = Path.of("sponge-local").toAbsolutePath();
    assertThat(stages.context.work()).isEqualTo(derived.resolve("s3a/sponge-test/x"));
    try (Stream<Path> made = Files.walk(derived)) {
      made.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    }
  }

  @Test
  void localGoesWithAUriAloneAndAStudyWithALocalDirectory() throws IOException {
    assertRefused("run", "--local", directory.resolve("local").toString());
    assertThat(errors()).contains("--local").contains("URI for --work only");
    err.reset();
    assertRefused("run", "--work", "s3a://a b/c");
    err.reset();
    Path study = Path.of("../conf/study-smoke.conf");
    assertRefused("study", study.toString(), "--work", "s3a://bucket/a");
    assertThat(errors()).contains("s3a://bucket/a is a remote directory");
  }

  @Test
  void rescoreAndForgetCallTheirTools() throws IOException {
    withTables();
    assertThat(sponge("rescore", "--verifier", "final-integer@1", "--run", "a")).isZero();
    assertThat(sponge("rescore", "--verifier", "final-integer@1", "--all-runs")).isZero();
    assertThat(sponge("forget", "--prompt", "p1", "--reason", "asked to", "--dry-run")).isZero();
    assertThat(stages.calls)
        .containsExactly(
            "rescore a final-integer@1 false",
            "rescore main final-integer@1 true",
            "forget p1 asked to true");
  }

  @Test
  void dataSetsAreLookedThrough() throws IOException {
    withTables();
    assertThat(sponge("dataset", "deduplicate", "--source", "math,deepscaler", "--dry-run"))
        .isZero();
    assertThat(sponge("dataset", "decontaminate", "--against", "aime24", "--threshold", "0.7"))
        .isZero();
    assertThat(sponge("dataset", "difficulty", "--verifier", "math")).isZero();
    assertThat(stages.calls)
        .containsExactly(
            "dataset deduplicate Deduplication[sources=[math, deepscaler], likeness=Likeness[threshold=0.8, shingleWords=2], dryRun=true]",
            "dataset decontaminate Decontamination[against=[aime24], likeness=Likeness[threshold=0.7, shingleWords=2], dryRun=false]",
            "dataset difficulty DifficultyFit[verifier=Optional[math], plot=Optional.empty, dryRun=false]");
    assertThat(sponge("dataset", "deduplicate", "--threshold", "0.2")).isEqualTo(2);
    assertThat(sponge("dataset", "decontaminate", "--shingle-words", "0")).isEqualTo(2);
    assertThat(stages.calls).hasSize(3);
  }

  @Test
  void fromHistoryNamesRunAndVersions() throws IOException {
    withTables();
    assertThat(sponge("train", "--from-history", "main:1-3", "--run", "again")).isZero();
    OfflineConfig offline = stages.context.config().offline();
    assertThat(offline.run()).isEqualTo("main");
    assertThat(offline.fromVersion()).isEqualTo(1);
    assertThat(offline.toVersion()).isEqualTo(3);
    assertThat(stages.context.config().history().largestShare()).isZero();
    assertThat(stages.context.config().reincarnation().at()).isEmpty();
  }

  @Test
  void rolloutsAreExportedAndImported() throws IOException {
    withTables();
    assertThat(sponge("export", "--format", "verl", "--out", "o")).isZero();
    assertThat(
            sponge("import-rollouts", "p", "--format", "trl", "--run", "r", "--reward", "accuracy"))
        .isZero();
    assertThat(stages.calls)
        .containsExactly(
            "export VERL o Optional.empty",
            "import-rollouts r RolloutImport[format=TRL, path=p, model=Optional.empty,"
                + " reward=Optional[accuracy], temperature=OptionalDouble.empty]");
  }

  @ParameterizedTest
  @CsvSource({
    "--format csv, csv",
    "--format trl --temperature 0, --temperature 0.0 must be above 0",
    "--format trl --model no-such-model, no-such-model"
  })
  void anImportWithABadOptionIsRefused(String options, String problem) throws IOException {
    withTables();
    assertThat(sponge(("import-rollouts p --run r " + options).split(" "))).isEqualTo(2);
    assertThat(errors()).contains(problem);
    assertThat(stages.calls).isEmpty();
  }

  @Test
  void sqlPrintsItsRowsAsATable() throws IOException {
    withTables();
    stages.answer = new SqlResult(List.of("step"), List.of(List.of("0"), List.of("12")), true);
    assertThat(sponge("sql", "select step from train_steps", "--limit", "2")).isZero();
    assertThat(stages.calls).containsExactly("sql select step from train_steps 2");
    assertThat(output().lines())
        .containsExactly(
            "step", "----", "   0", "  12", "... more rows; raise --limit to see them");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "run ", "sql ", "prepare "})
  void helpIsPrintedWithCodeZero(String command) {
    assertThat(sponge((command + "--help").split(" "))).isZero();
    assertThat(output()).contains("Usage: sponge " + command.strip());
    assertThat(stagesLoaded).isFalse();
  }
}
