package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import dev.sponge.jobs.cli.DatasetTools.Format;
import dev.sponge.jobs.cli.DatasetTools.PromptImport;
import dev.sponge.jobs.data.ImportPromptsJob;
import dev.sponge.jobs.prepare.PrepareJob;
import dev.sponge.jobs.provenance.Replay;
import dev.sponge.jobs.run.PromptRenderer;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.RejectedPrompt;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run on imported prompts, with the reference run's policy as its model. */
class ImportedRunTest {
  @TempDir Path directory;

  private static Map<String, String> settings(String sources) {
    Map<String, String> settings = new TreeMap<>();
    settings.put(
        "model.dir",
        Path.of(
                URI.create(
                    TinyRun.reference()
                        .lakehouse()
                        .policies()
                        .read(TinyRun.RUN, 0)
                        .orElseThrow()
                        .checkpointUri()))
            .toString());
    settings.put("data.sources", sources);
    settings.put("history.share", "0");
    settings.put("run.steps", "2");
    settings.put("rollout.max_prompt_tokens", "24");
    settings.put("evaluation.problems", "3");
    return settings;
  }

  private void importRows(RunContext run, String source, String split, List<Prompt> problems)
      throws IOException {
    Path file =
        Files.writeString(
            directory.resolve(source + "-" + split + ".jsonl"),
            problems.stream()
                .map(p -> new Gson().toJson(Map.of("problem", p.prompt(), "answer", p.answer())))
                .collect(Collectors.joining("\n")));
    new ImportPromptsJob(run.lakehouse(), run.console())
        .run(
            new PromptImport(
                Format.JSONL,
                file.toString(),
                Optional.of(split),
                Optional.of(source),
                Map.of(),
                false));
  }

  @Test
  void aStepTrainsOnImportedPromptsButThoseTooLongOrRejected() throws IOException {
    RunContext run = TinyRun.open(directory.resolve("work"), settings("[chain]"));
    assertThatThrownBy(() -> new PrepareJob(run).run())
        .isInstanceOf(UserError.class)
        .hasMessageContaining("data.sources names chain")
        .hasMessageContaining("none of any source");
    List<Prompt> generated = TinyRun.reference().lakehouse().prompts().read("train");
    Prompt first = generated.get(0);
    Prompt tooLong =
        new Prompt("long", "", "train", first.prompt().repeat(8), new int[0], "1", 0, "");
    List<Prompt> eight = new java.util.ArrayList<>(generated.subList(0, 7));
    eight.add(tooLong);
    importRows(run, "chain", "train", eight);
    importRows(run, "others", "train", generated.subList(8, 20));
    importRows(run, "held-out", "test", generated.subList(20, 24));
    List<Prompt> imported =
        run.lakehouse().prompts().read("train").stream()
            .filter(p -> p.source().equals("chain"))
            .toList();
    String rejected =
        imported.stream()
            .filter(p -> p.prompt().length() < 100)
            .map(Prompt::promptId)
            .findFirst()
            .orElseThrow();
    run.lakehouse()
        .promptsRejected()
        .append(
            List.of(
                new RejectedPrompt(
                    "r1",
                    rejected,
                    "chain",
                    "train",
                    null,
                    "contaminated",
                    "",
                    "b",
                    0.9,
                    "",
                    Instant.EPOCH)));

    assertThat(new ReMixLoop(run).run()).isTrue();

    // Two steps of four prompts walk once through all eight places of the permutation.
    List<Rollout> rollouts = run.lakehouse().rollouts().read(TinyRun.RUN, 0, 1);
    assertThat(rollouts).hasSize(2 * TinyRun.PROMPTS_PER_STEP * TinyRun.GROUP_SIZE);
    Set<String> asked = rollouts.stream().map(Rollout::promptId).collect(Collectors.toSet());
    assertThat(asked)
        .isSubsetOf(imported.stream().map(Prompt::promptId).toList())
        .hasSize(6)
        .doesNotContain(rejected);
    try (PromptRenderer renderer = new PromptRenderer(run)) {
      for (Prompt prompt : imported) {
        Prompt seen = renderer.rendered(prompt);
        assertThat(renderer.fits(seen)).isEqualTo(prompt.prompt().length() < 100);
        assertThat(rollouts)
            .filteredOn(rollout -> rollout.promptId().equals(prompt.promptId()))
            .allSatisfy(rollout -> assertThat(rollout.promptIds()).isEqualTo(seen.promptIds()));
      }
    }
    assertThat(run.lakehouse().evaluations().read(TinyRun.RUN))
        .isNotEmpty()
        .allMatch(evaluation -> evaluation.problems() == 3);
    assertThat(Replay.of(run, new Replay.Request(1, Optional.empty(), false)).differences())
        .isEmpty();
    assertThat(new ReMixLoop(run).run()).as("nothing to do").isFalse();

    RunContext other = TinyRun.open(directory.resolve("work"), settings("[others, nobody]"));
    assertThatThrownBy(() -> new PrepareJob(other).run())
        .isInstanceOf(UserError.class)
        .hasMessageContaining("names nobody")
        .hasMessageContaining("it has chain (8), others (12)");
  }

  @Test
  void importedPromptsLeaveARunOnGeneratedOnesAsItWas() throws IOException {
    Path work = TinyRun.copyOfReference(directory.resolve("work"));
    RunContext copy = TinyRun.open(work, Map.of("run.steps", "5"));
    importRows(
        copy,
        "more",
        "train",
        TinyRun.reference().lakehouse().prompts().read("test").subList(0, 5));
    assertThat(new ReMixLoop(copy).run()).isTrue();
    Set<String> generated =
        TinyRun.reference().lakehouse().prompts().read("train").stream()
            .map(Prompt::promptId)
            .collect(Collectors.toSet());
    assertThat(copy.lakehouse().rollouts().read(TinyRun.RUN, 4, 4))
        .isNotEmpty()
        .allMatch(rollout -> generated.contains(rollout.promptId()));
  }
}
