package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.sponge.jobs.cli.Tools.ExportFormat;
import dev.sponge.jobs.cli.Tools.ImportFormat;
import dev.sponge.jobs.cli.Tools.RolloutImport;
import dev.sponge.jobs.exchange.ExportJob;
import dev.sponge.jobs.exchange.ImportRolloutsJob;
import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExchangeTest {
  private static final VerifierKey VERL = new VerifierKey("verl-score", "1");

  @TempDir Path directory;

  private Path export(ExportFormat format) {
    Path out = directory.resolve(format.label());
    new ExportJob(TinyRun.reference().lakehouse(), TinyRun.RUN, Console.silent())
        .run(format, out.toString(), Optional.empty());
    return out;
  }

  private RunContext other() {
    return TinyRun.open(directory.resolve("other"), Map.of("run.name", "copy"));
  }

  private static RolloutImport request(ImportFormat format, Path path, Optional<Path> model) {
    return new RolloutImport(
        format, path.toString(), model, Optional.empty(), OptionalDouble.empty());
  }

  private static long load(RunContext run, ImportFormat format, Path path) {
    return new ImportRolloutsJob(run, request(format, path, Optional.empty())).run();
  }

  private static List<Rollout> original() {
    return TinyRun.reference().lakehouse().rollouts().read(TinyRun.RUN, 0, TinyRun.STEPS);
  }

  private static List<Rollout> copies(RunContext run) {
    return run.lakehouse().rollouts().read(run.runId(), 0, TinyRun.STEPS);
  }

  /** What a rollout is apart from its names. */
  private static String content(Rollout rollout) {
    return String.join(
        "|",
        "" + rollout.policyVersion(),
        Arrays.toString(rollout.promptIds()),
        Arrays.toString(rollout.responseIds()),
        Arrays.toString(rollout.behaviourLogprobs()),
        rollout.responseText(),
        rollout.finishReason());
  }

  private static List<String> contents(List<Rollout> rollouts) {
    return rollouts.stream().map(ExchangeTest::content).sorted().toList();
  }

  private static Path pi0() {
    Lakehouse lake = TinyRun.reference().lakehouse();
    String uri = lake.policies().read(TinyRun.RUN, 0).orElseThrow().checkpointUri();
    return TinyRun.reference().checkpoints().fetch(uri);
  }

  @Test
  void anExportOfSpongeComesBackAsItWasAndOnce() {
    Path out = export(ExportFormat.PARQUET);
    RunContext run = other();

    assertThat(load(run, ImportFormat.SPONGE, out)).isEqualTo(original().size());

    assertThat(contents(copies(run))).isEqualTo(contents(original()));
    assertThat(copies(run)).allMatch(r -> r.behaviourSource() == null);
    assertThat(copies(run).stream().collect(Collectors.groupingBy(Rollout::groupId)).values())
        .allMatch(group -> group.size() == TinyRun.GROUP_SIZE);
    long version = run.lakehouse().rollouts().version();
    assertThat(load(run, ImportFormat.SPONGE, out)).isZero();
    assertThat(run.lakehouse().rollouts().version()).isEqualTo(version);
    assertThat(run.lakehouse().prompts().read("imported")).isNotEmpty();
    assertThat(run.lakehouse().prompts().read("train")).isEmpty();
  }

  @Test
  void verlsFilesHoldItsKeysAndComeBackWithTheirScores() throws IOException {
    Path out = export(ExportFormat.VERL);
    List<String> lines = Files.readAllLines(out.resolve("1.jsonl"));
    assertThat(lines).hasSize(TinyRun.PROMPTS_PER_STEP * TinyRun.GROUP_SIZE);
    JsonObject first = JsonParser.parseString(lines.get(0)).getAsJsonObject();
    assertThat(first.keySet()).contains("input", "output", "gts", "score", "step");
    assertThat(first.get("step").getAsInt()).isEqualTo(1);

    RunContext run = other();
    load(run, ImportFormat.VERL, out);

    assertThat(contents(copies(run))).isEqualTo(contents(original()));
    Map<String, Reward> rewards = run.lakehouse().rewards().read("copy", 0, TinyRun.STEPS, VERL);
    assertThat(rewards).hasSize(original().size());
    assertThat(rewards.values().stream().mapToDouble(Reward::reward).sum())
        .isEqualTo(
            TinyRun.reference()
                .lakehouse()
                .rewards()
                .read(TinyRun.RUN, 0, TinyRun.STEPS, new VerifierKey("boxed-integer", "1"))
                .values()
                .stream()
                .mapToDouble(Reward::reward)
                .sum());
  }

  /** The lines of policy version 0 without token ids and log-probs. */
  private Path textAlone() throws IOException {
    Path text = Files.createDirectories(directory.resolve("text"));
    StringBuilder lines = new StringBuilder();
    for (String line : Files.readAllLines(export(ExportFormat.VERL).resolve("1.jsonl"))) {
      JsonObject object = JsonParser.parseString(line).getAsJsonObject();
      object.remove("prompt_ids");
      object.remove("response_ids");
      object.remove("rollout_log_probs");
      lines.append(object).append('\n');
    }
    Files.writeString(text.resolve("1.jsonl"), lines);
    return text;
  }

  @Test
  void textIsTokenisedScoredByTheGivenModelAndMarked() throws IOException {
    Path text = textAlone();
    RunContext run = other();
    assertThatThrownBy(() -> load(run, ImportFormat.VERL, text))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("without token ids or log-probs")
        .hasMessageContaining("--model");
    assertThat(run.lakehouse().rollouts().version()).isZero();

    new ImportRolloutsJob(run, request(ImportFormat.VERL, text, Optional.of(pi0()))).run();

    List<Rollout> copies = copies(run);
    assertThat(copies).allMatch(r -> Rollout.RECOMPUTED.equals(r.behaviourSource()));
    List<Rollout> of0 = original().stream().filter(r -> r.policyVersion() == 0).toList();
    assertThat(copies).hasSameSizeAs(of0);
    Map<String, Rollout> byText =
        of0.stream()
            .collect(
                Collectors.toMap(
                    r -> Arrays.toString(r.promptIds()) + Arrays.toString(r.responseIds()),
                    r -> r,
                    (a, b) -> a));
    for (Rollout copy : copies) {
      Rollout twin =
          byText.get(Arrays.toString(copy.promptIds()) + Arrays.toString(copy.responseIds()));
      assertThat(twin).as(copy.responseText()).isNotNull();
      for (int t = 0; t < copy.responseIds().length; t++) {
        assertThat((double) copy.behaviourLogprobs()[t])
            .isCloseTo(twin.behaviourLogprobs()[t], within(1e-4))
            .isNotPositive();
      }
    }
  }

  @Test
  void completionLogsOfTrlAreRead() {
    Path log = directory.resolve("trl");
    TinyRun.spark()
        .sql(
            "select 0L step, '1+1=' prompt, '\\\\boxed{2}' completion, 1.0D accuracy_reward,"
                + " 0.7D advantage union all select 0L, '1+1=', '\\\\boxed{3}', 0.0D, -0.7D"
                + " union all select 4L, '1+1=', '\\\\boxed{3}', 0.0D, -0.7D")
        .coalesce(1)
        .write()
        .parquet(log.toString());
    RunContext run = other();

    new ImportRolloutsJob(run, request(ImportFormat.TRL, log, Optional.of(pi0()))).run();

    assertThat(copies(run)).extracting(Rollout::policyVersion).containsExactly(0, 0, 4);
    assertThat(copies(run)).extracting(Rollout::sampleIndex).containsExactly(0, 1, 0);
    VerifierKey key = new VerifierKey("trl-accuracy_reward", "1");
    assertThat(run.lakehouse().rewards().read("copy", 0, 4, key).values())
        .extracting(Reward::reward)
        .containsExactlyInAnyOrder(1.0, 0.0, 0.0);

    Path two = directory.resolve("two");
    TinyRun.spark()
        .sql("select 0L step, 'a' prompt, 'b' completion, 1.0D one, 0.5D other")
        .write()
        .parquet(two.toString());
    assertThatThrownBy(() -> load(run, ImportFormat.TRL, two))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("[one, other]")
        .hasMessageContaining("--reward");
  }

  @Test
  void whatCannotBeUsedIsRefusedBeforeAnythingIsWritten() throws IOException {
    String good =
        "{\"input\":\"p\",\"output\":\"o\",\"gts\":\"1\",\"score\":1.0,\"step\":1,\"prompt_ids\":[5],"
            + "\"response_ids\":[6,7],\"rollout_log_probs\":[-0.5,-0.1]}";
    refuse(good + "\n{broken", "holds a line that is no verl rollout: {broken");
    refuse(good + "\n" + good.replace("[6,7]", "[6]"), "it has 1 token ids but 2 log-probs");
    refuse(good.replace("-0.1", "0.1"), "a log-prob is not a number of at most 0");
    refuse(good.replace("-0.1", "NaN"), "a log-prob is not a number of at most 0");
    refuse(good.replace("1.0", "NaN"), "its score is not a finite number");
    refuse(good.replace("\"step\":1", "\"step\":0"), "its step is missing or out of range");
    refuse(good.replace("\"input\":\"p\"", "\"input\":\" \""), "its prompt is empty");
    refuse(good.replace("[6,7]", "[-6,7]"), "a token id is negative");
    refuse(
        good + "\n" + good.replace("\"gts\":\"1\"", "\"gts\":\"2\""),
        "two gold answers, '1' and '2'");
    refuse("", "holds no rollouts");
    assertThatThrownBy(() -> load(other(), ImportFormat.VERL, directory.resolve("nowhere")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("does not exist");
    assertThatThrownBy(() -> load(other(), ImportFormat.SPONGE, directory))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("is no rollout log of format sponge");
    assertThatThrownBy(
            () -> load(TinyRun.reference(), ImportFormat.VERL, directory.resolve("nowhere")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("has policies of its own");
  }

  private void refuse(String lines, String problem) throws IOException {
    Path log = Files.writeString(directory.resolve("bad.jsonl"), lines + "\n");
    RunContext run = other();
    assertThatThrownBy(() -> load(run, ImportFormat.VERL, log))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(problem);
    assertThat(run.lakehouse().rollouts().version()).isZero();
    assertThat(run.lakehouse().prompts().version()).isZero();
  }

  @Test
  void anExportIsWrittenWholeIntoAnEmptyDirectory() throws IOException {
    Path out = export(ExportFormat.JSONL);
    JsonObject manifest =
        JsonParser.parseString(Files.readString(out.resolve(ExportJob.MANIFEST))).getAsJsonObject();
    assertThat(manifest.get("run").getAsString()).isEqualTo(TinyRun.RUN);
    assertThat(manifest.getAsJsonObject("rows").get("rollouts").getAsInt())
        .isEqualTo(original().size());
    assertThat(TinyRun.spark().read().json(out.resolve("train_steps").toString()).count())
        .isEqualTo(TinyRun.STEPS);

    assertThatThrownBy(() -> export(ExportFormat.JSONL))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("is not empty");
    ExportJob nobody = new ExportJob(TinyRun.reference().lakehouse(), "nobody", Console.silent());
    assertThatThrownBy(() -> nobody.run(ExportFormat.VERL, directory + "/nobody", Optional.empty()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("Run \"nobody\" has no rollouts");
    assertThatThrownBy(
            () ->
                new ExportJob(TinyRun.reference().lakehouse(), TinyRun.RUN, Console.silent())
                    .run(ExportFormat.VERL, directory + "/v", Optional.of("strict@2")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("asked for: strict@2");
  }
}
