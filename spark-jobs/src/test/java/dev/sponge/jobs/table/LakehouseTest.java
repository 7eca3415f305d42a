package dev.sponge.jobs.table;

import static dev.sponge.jobs.table.LakehouseFixture.RUN;
import static dev.sponge.jobs.table.LakehouseFixture.VERIFIER;
import static dev.sponge.jobs.table.LakehouseFixture.spark;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LakehouseTest {
  @TempDir static Path work;
  private static Lakehouse lake;

  @BeforeAll
  static void open() {
    lake = Lakehouse.open(spark(), work);
  }

  @Test
  void everyTableGivesBackWhatWasWritten() {
    Prompt prompt = LakehouseFixture.prompt(3);
    lake.prompts().append(List.of(prompt));
    assertThat(lake.prompts().read("test")).usingRecursiveComparison().isEqualTo(List.of(prompt));

    List<Rollout> rollouts = LakehouseFixture.rollouts(0, 8, 16);
    lake.rollouts().append(RUN, 0, rollouts);
    assertThat(lake.rollouts().read(RUN, 0, 0)).usingRecursiveComparison().isEqualTo(rollouts);

    lake.rewards().append(RUN, 0, VERIFIER, LakehouseFixture.rewards(rollouts));
    assertThat(lake.rewards().read(RUN, 0, 0, VERIFIER).values())
        .containsExactlyInAnyOrderElementsOf(LakehouseFixture.rewards(rollouts));

    List<AnchorLogprobs> anchors = LakehouseFixture.anchors(rollouts, 0, "a");
    lake.anchorLogprobs().append(RUN, 0, "a", anchors);
    List<StoredAdvantages> advantages = LakehouseFixture.advantages(rollouts, "a");
    lake.storedAdvantages().append(RUN, 0, "a", advantages);
    List<StepRollout> moved = LakehouseFixture.stepRollouts(rollouts, 0, "a");
    lake.stepRollouts().append(RUN, 0, "a", moved);
    lake.policies().append(LakehouseFixture.policy(0, "b"));
    lake.policies().append(LakehouseFixture.policy(1, "a"));
    lake.trainSteps().append(LakehouseFixture.step(0, "a"));
    assertThat(lake.anchorLogprobs().read(RUN, 0, 0)).usingRecursiveComparison().isEqualTo(anchors);
    assertThat(lake.storedAdvantages().read(RUN, 0, 0))
        .usingRecursiveComparison()
        .isEqualTo(advantages);
    assertThat(lake.stepRollouts().read(RUN, 0, 0)).isEqualTo(moved);
    assertThat(lake.stepRollouts().uses(RUN, 0, 0))
        .extracting(StepRolloutsTable.Use::rolloutId)
        .containsExactlyInAnyOrderElementsOf(rollouts.stream().map(Rollout::rolloutId).toList());
    assertThat(lake.policies().read(RUN, 0)).contains(LakehouseFixture.policy(0, "b"));
    assertThat(lake.policies().latest(RUN)).contains(LakehouseFixture.policy(1, "a"));
    assertThat(lake.trainSteps().read(RUN)).containsExactly(LakehouseFixture.step(0, "a"));

    Incarnation incarnation = new Incarnation(RUN, 1, 1, 1, 1, LakehouseFixture.NOW);
    lake.incarnations().append(incarnation);
    assertThat(lake.incarnations().latest(RUN)).contains(incarnation);

    EvaluationResponse response = LakehouseFixture.response(1, "e", -1);
    lake.evaluationResponses().append(RUN, 1, "e", List.of(response));
    assertThat(lake.evaluationResponses().read(RUN, 1)).isEmpty();
    lake.evaluations().append(LakehouseFixture.evaluation(1, "e", 4));
    assertThat(lake.evaluations().read(RUN))
        .containsExactly(LakehouseFixture.evaluation(1, "e", 4));
    assertThat(lake.evaluationResponses().read(RUN, 1))
        .usingRecursiveComparison()
        .isEqualTo(List.of(response));

    List<StudyPoint> curve =
        List.of(
            new StudyPoint(
                "study",
                "remix",
                3,
                "hash",
                0,
                0,
                0,
                0,
                .1,
                .2,
                null,
                "",
                java.util.Map.of("eval/entropy", .5),
                LakehouseFixture.NOW),
            new StudyPoint(
                "study",
                "remix",
                3,
                "hash",
                1,
                64,
                32,
                1.5,
                .3,
                .4,
                .9,
                "",
                java.util.Map.of(),
                LakehouseFixture.NOW));
    assertThat(lake.studies().append(curve).written()).isTrue();
    assertThat(lake.studies().append(curve).written()).as("once").isFalse();
    assertThat(lake.studies().read("study")).isEqualTo(curve);

    lake.trainSteps().append(LakehouseFixture.step(1, "c"));
    List<HistoryStatistic> statistics = LakehouseFixture.statistics(rollouts, 1, "c");
    lake.historyStatistics().append(RUN, 1, "c", statistics);
    lake.historyStatistics().append(RUN, 1, "d", LakehouseFixture.statistics(rollouts, 1, "d"));
    assertThat(lake.historyStatistics().read(RUN, 0, 1)).isEqualTo(statistics);
    lake.stepRollouts().append(RUN, 1, "d", LakehouseFixture.stepRollouts(rollouts, 1, "d"));
    assertThat(lake.stepRollouts().uses(RUN, 0, 1)).as("those of attempt d").hasSize(8);

    Recall recall =
        new Recall(
            "p9",
            "train",
            "hash9",
            "asked to",
            java.util.Map.of("rollouts", 8.0),
            "",
            LakehouseFixture.NOW,
            "math");
    lake.recalls().append(recall);
    assertThat(lake.recalls().append(recall).written()).as("once").isFalse();
    assertThat(lake.recalls().read("p9")).contains(recall);

    List<RejectedPrompt> rejected = List.of(LakehouseFixture.rejected("x1"));
    assertThat(lake.promptsRejected().append(rejected).written()).isTrue();
    assertThat(lake.promptsRejected().append(rejected).written()).as("once").isFalse();
    assertThat(lake.promptsRejected().read()).isEqualTo(rejected);
    assertThat(lake.promptsRejected().promptIds()).as("a row that is no prompt").isEmpty();

    Lease lease =
        new Lease(
            RUN, 1, Lease.ACQUIRED, "holder", "host", "boot", 7, "9", 30, LakehouseFixture.NOW);
    assertThat(lake.leases().acquire(lease)).isTrue();
    assertThat(lake.leases().acquire(lease.released(LakehouseFixture.NOW)))
        .as("the number is taken")
        .isFalse();
    assertThat(lake.leases().find(RUN).orElseThrow().acquired()).isEqualTo(lease);

    Lakehouse reopened = Lakehouse.open(spark(), work);
    assertThat(reopened.rollouts().read(RUN, 0, 9)).hasSize(8);
    for (LakeTable<?> table : reopened.tables()) {
      assertThat(table.committed().count()).as(table.name()).isPositive();
      assertThat(table.dataset().schema().fields())
          .as(table.name())
          .extracting(field -> field.name() + ": " + field.getComment().get())
          .containsExactlyElementsOf(
              table.table().schema().fields().stream()
                  .map(field -> field.name() + ": " + field.comment())
                  .toList())
          .noneMatch(text -> text.endsWith(": "));
    }
  }
}
