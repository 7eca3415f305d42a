package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.cli.Tools;
import dev.sponge.jobs.provenance.Replay;
import dev.sponge.jobs.reuse.ForgetJob;
import dev.sponge.jobs.reuse.ForgetJob.Report;
import dev.sponge.jobs.run.PromptSchedule;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Erasure;
import dev.sponge.jobs.table.LakeTable;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.Recall;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.training.BootstrapJob;
import dev.sponge.rl.UserError;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForgetTest {
  @TempDir Path directory;

  private static String prompt(Lakehouse lake) {
    return lake.rollouts().read(TinyRun.RUN, 0, 0).get(0).promptId();
  }

  private static Map<String, Long> rows(Lakehouse lake, Set<String> tables) {
    return lake.tables().stream()
        .filter(table -> tables.contains(table.name()))
        .collect(Collectors.toMap(LakeTable::name, table -> table.dataset().count()));
  }

  private static Map<String, Long> tableVersions(Lakehouse lake) {
    return lake.tables().stream().collect(Collectors.toMap(LakeTable::name, LakeTable::version));
  }

  @Test
  void aForgottenPromptIsGoneFromEveryTableAndTheRunGoesOnWithoutIt() {
    Path work = TinyRun.copyOfReference(directory.resolve("work"));
    Lakehouse lake = TinyRun.open(work).lakehouse();
    new BootstrapJob(
            TinyRun.open(
                work,
                Map.of(
                    "run.name",
                    "child",
                    "history.share",
                    "0",
                    "reincarnation.step",
                    "0",
                    "offline.run",
                    TinyRun.RUN,
                    "offline.to_version",
                    "3",
                    "offline.policy",
                    "4")))
        .run();
    String id = prompt(lake);
    Map<String, Long> versionsBefore = tableVersions(lake);
    List<Prompt> prompts = lake.prompts().read("train");

    Report planned = new ForgetJob(lake).report(id);

    assertThat(planned.rows()).containsEntry("prompts", 1L).containsKey("rollouts");
    assertThat(planned.rows())
        .containsKeys("rewards", "anchor_logprobs", "step_rollouts", "rollouts");
    assertThat(planned.policies())
        .anyMatch(line -> line.startsWith("run main from version 1 on (trained in steps 0"))
        .contains("run child from version 0 on (its version 0 is such a policy)");
    assertThat(tableVersions(lake)).as("a dry run").isEqualTo(versionsBefore);

    Map<String, Long> before = rows(lake, planned.rows().keySet());
    Report done = new ForgetJob(lake).run(id, "asked to");

    assertThat(done).isEqualTo(planned);
    Map<String, Long> left = rows(lake, planned.rows().keySet());
    planned.rows().forEach((table, count) -> left.merge(table, count, Long::sum));
    assertThat(left).isEqualTo(before);
    Map<String, Long> untouched = tableVersions(lake);
    untouched.keySet().removeAll(planned.rows().keySet());
    untouched.remove("recalls");
    assertThat(versionsBefore).containsAllEntriesOf(untouched);
    assertThat(lake.tables()).allMatch(Erasure::isAppendOnly);
    Recall recall = lake.recalls().read(id).orElseThrow();
    assertThat(recall.reason()).isEqualTo("asked to");
    assertThat(recall.deletedRows()).containsEntry("prompts", 1.0);
    assertThat(
            lake.prompts()
                .dataset(versionsBefore.get("prompts"))
                .where("prompt_id = '" + id + "'")
                .count())
        .as("time travel until the vacuum")
        .isEqualTo(1);
    List<String> lines = ForgetReport.lines(new Tools.Recall(id, "asked to", false), done);
    assertThat(lines).contains("deleted 1 rows of prompts");
    assertThat(String.join("\n", lines)).contains("run main from version 1", "--vacuum");

    // The step's versions of the tables still hold the prompt's rows, the present ones do not.
    Replay.Report replayed =
        Replay.of(TinyRun.open(work), new Replay.Request(0, Optional.empty(), false));
    assertThat(replayed.differences()).isEmpty();
    assertThat(replayed.outcome()).isEqualTo(Replay.Outcome.EQUAL);
    assertThat(replayed.notes())
        .singleElement()
        .asString()
        .startsWith(TinyRun.GROUP_SIZE + " rollouts that the step could see are of forgotten");

    Map<String, Long> versions = tableVersions(lake);
    Report again = new ForgetJob(lake).run(id, "once more");
    assertThat(again.isDone()).isTrue();
    assertThat(again.policies()).isEqualTo(done.policies());
    assertThat(tableVersions(lake)).isEqualTo(versions);

    RunContext longer = TinyRun.open(work, Map.of("run.steps", "6", "evaluation.every", "100"));
    assertThat(new ReMixLoop(longer).run()).isTrue();
    assertThat(lake.prompts().read("train")).hasSize(47);
    assertThat(lake.rollouts().read(TinyRun.RUN, 4, 6))
        .isNotEmpty()
        .noneMatch(rollout -> rollout.promptId().equals(id));
    // The steps that follow ask what they would have asked.
    assertThat(asked(lake, 4)).containsExactlyInAnyOrderElementsOf(block(prompts, 4));
    assertThat(asked(lake, 5)).containsExactlyInAnyOrderElementsOf(block(prompts, 5));
    assertThatThrownBy(() -> new ForgetJob(lake).run("nothing", ""))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no prompt nothing");
  }

  private static Set<String> asked(Lakehouse lake, int step) {
    return lake.rollouts().read(TinyRun.RUN, step, step).stream()
        .map(Rollout::promptId)
        .collect(Collectors.toSet());
  }

  private static List<String> block(List<Prompt> prompts, int step) {
    long seed = TinyRun.reference().config().run().seed();
    return new PromptSchedule(prompts, seed, TinyRun.PROMPTS_PER_STEP)
        .block(step, TinyRun.PROMPTS_PER_STEP).stream().map(Prompt::promptId).toList();
  }

  @Test
  void aDeletionThatWasBrokenOffIsDoneByTheNextOne() {
    Path work = TinyRun.copyOfReference(directory.resolve("work"));
    Lakehouse lake = TinyRun.open(work).lakehouse();
    String id = prompt(lake);
    lake.recalls()
        .append(
            new Recall(
                id, "train", "h", "broken off", Map.of(), "main", java.time.Instant.EPOCH, null));
    for (LakeTable<?> table : List.of(lake.rewards(), lake.stepRollouts())) {
      lake.spark()
          .sql(
              "ALTER TABLE delta.`%s` SET TBLPROPERTIES ('delta.appendOnly' = 'false')"
                  .formatted(table.path()));
    }
    List<String> ids =
        lake.rollouts().read(TinyRun.RUN, 0, 9).stream()
            .filter(r -> r.promptId().equals(id))
            .map(Rollout::rolloutId)
            .toList();
    lake.spark()
        .sql(
            "DELETE FROM delta.`%s` WHERE rollout_id IN ('%s')"
                .formatted(lake.stepRollouts().path(), String.join("','", ids)));

    Report rest = new ForgetJob(lake).run(id, "");

    assertThat(rest.rows()).doesNotContainKey("step_rollouts").containsKey("rewards");
    assertThat(new ForgetJob(lake).report(id).isDone()).isTrue();
    assertThat(lake.tables()).allMatch(Erasure::isAppendOnly);
    assertThat(lake.recalls().read()).hasSize(1);
    assertThat(lake.policies().read(TinyRun.RUN, 0, 4)).hasSize(5);
  }
}
