package dev.sponge.jobs.table;

import static dev.sponge.jobs.table.LakehouseFixture.RUN;
import static dev.sponge.jobs.table.LakehouseFixture.VERIFIER;
import static dev.sponge.jobs.table.LakehouseFixture.rollouts;
import static dev.sponge.jobs.table.LakehouseFixture.spark;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdempotenceTest {
  @TempDir Path work;
  private Lakehouse lake;

  @BeforeEach
  void open() {
    lake = Lakehouse.open(spark(), work);
  }

  @Test
  void aRetriedAppendWritesNothing() {
    AppendResult first = lake.rollouts().append(RUN, 0, rollouts(0, 8, 4));
    AppendResult retry = lake.rollouts().append(RUN, 0, rollouts(0, 8, 4));
    assertThat(first).isEqualTo(new AppendResult(1, true));
    assertThat(retry).isEqualTo(new AppendResult(1, false));
    assertThat(lake.rollouts().version()).isEqualTo(1);
    assertThat(lake.rollouts().read(RUN, 0, 0)).hasSize(8);
  }

  @Test
  void aSkippedCommitWithOtherRowsIsAnError() {
    lake.rollouts().append(RUN, 3, rollouts(3, 8, 4));
    assertThatThrownBy(() -> lake.rollouts().append(RUN, 3, rollouts(3, 9, 4)))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("rollouts")
        .hasMessageContaining("1 of the 9 rows")
        .hasMessageContaining("r3-8");
    assertThatThrownBy(() -> lake.rollouts().append(RUN, 2, rollouts(2, 8, 4)))
        .as("a version before the last, which Delta skips without a word")
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("8 of the 8 rows");
    assertThat(lake.rollouts().read(RUN, 0, 9)).hasSize(8);
  }

  @Test
  void runsDoNotShareTransactions() {
    lake.trainSteps().append(LakehouseFixture.step(0, "a"));
    TrainStep other = LakehouseFixture.step(0, "a");
    TrainStep ofOtherRun =
        new TrainStep(
            "main/x",
            other.step(),
            other.attemptId(),
            other.versionIn(),
            other.versionOut(),
            other.baseVersion(),
            other.incarnation(),
            other.phase(),
            other.freshRollouts(),
            other.replayedRollouts(),
            other.skippedGroups(),
            other.historyShare(),
            other.passes(),
            other.lambda(),
            other.promptsTableVersion(),
            other.rolloutsTableVersion(),
            other.rewardsTableVersion(),
            other.anchorLogprobsTableVersion(),
            other.metrics(),
            other.seconds(),
            other.createdAt(),
            other.policiesTableVersion(),
            other.incarnationsTableVersion(),
            other.storedAdvantagesTableVersion(),
            other.trainStepsTableVersion(),
            other.stepRolloutsTableVersion(),
            other.historyStatisticsTableVersion(),
            other.recallsTableVersion(),
            other.promptsRejectedTableVersion());
    assertThat(lake.trainSteps().append(ofOtherRun).written()).isTrue();
    assertThat(lake.trainSteps().read("main/x")).containsExactly(ofOtherRun);
    assertThat(lake.trainSteps().read(RUN)).containsExactly(other);
  }

  @Test
  void ofTwoAttemptsAtAStepOneIsRefused() {
    lake.trainSteps().append(LakehouseFixture.step(0, "a"));
    assertThatThrownBy(() -> lake.trainSteps().append(LakehouseFixture.step(0, "b")))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("Another attempt");
    assertThat(lake.trainSteps().append(LakehouseFixture.step(0, "a")).written()).isFalse();
    assertThat(lake.trainSteps().read(RUN)).hasSize(1);
  }

  @Test
  void ofTwoWritersAtTheSameTimeOneWins() throws Exception {
    int writers = 4;
    ExecutorService pool = Executors.newFixedThreadPool(writers);
    try {
      List<Future<Boolean>> results = new ArrayList<>();
      for (int i = 0; i < writers; i++) {
        String attempt = "attempt" + i;
        Callable<Boolean> write =
            () -> lake.trainSteps().append(LakehouseFixture.step(0, attempt)).written();
        results.add(pool.submit(write));
      }
      int won = 0;
      for (Future<Boolean> result : results) {
        try {
          won += result.get() ? 1 : 0;
        } catch (java.util.concurrent.ExecutionException e) {
          assertThat(e).hasCauseInstanceOf(SpongeException.class);
        }
      }
      assertThat(won).isEqualTo(1);
      assertThat(lake.trainSteps().read(RUN)).hasSize(1);
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void appendsOfDifferentTransactionsAtTheSameTimeAllSucceed() {
    IntStream.range(0, 8)
        .parallel()
        .forEach(
            i ->
                lake.stepRollouts()
                    .append(
                        RUN,
                        i,
                        "a" + i,
                        LakehouseFixture.stepRollouts(rollouts(i, 4, 1), i, "a" + i)));
    assertThat(lake.stepRollouts().dataset().count()).isEqualTo(32);
    assertThat(lake.stepRollouts().version()).isEqualTo(8);
  }

  @Test
  void tasksWriteTheirOwnFilesAndARetriedTaskLeavesNoDuplicate() {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark().sparkContext());
    JavaRDD<Rollout> rows =
        context
            .parallelize(rollouts(0, 16, 4), 4)
            .map(
                row -> {
                  boolean lastOfPartition = row.rolloutId().equals("r0-7");
                  if (lastOfPartition && TaskContext.get().attemptNumber() == 0) {
                    throw new IllegalStateException("made to fail once");
                  }
                  return row;
                });
    assertThat(lake.rollouts().append(RUN, 0, rows).written()).isTrue();
    assertThat(lake.rollouts().append(RUN, 0, rows).written()).isFalse();
    assertThat(lake.rollouts().read(RUN, 0, 0))
        .usingRecursiveComparison()
        .isEqualTo(rollouts(0, 16, 4));
  }

  @Test
  void aFailedTaskFailsTheAppendAndItsFilesAreNotSeen() throws Exception {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark().sparkContext());
    JavaRDD<Rollout> broken =
        context
            .parallelize(rollouts(0, 16, 4), 2)
            .map(
                row -> {
                  if (TaskContext.getPartitionId() == 1) {
                    throw new IllegalStateException("made to fail");
                  }
                  return row;
                });
    assertThatThrownBy(() -> lake.rollouts().append(RUN, 0, broken))
        .hasStackTraceContaining("made to fail");
    assertThat(lake.rollouts().read(RUN, 0, 0)).isEmpty();
    lake.rollouts().append(RUN, 0, rollouts(0, 16, 4));
    assertThat(lake.rollouts().dataset().count()).isEqualTo(16);
    try (Stream<Path> files = Files.walk(work.resolve("tables/rollouts"))) {
      assertThat(files.filter(file -> file.toString().endsWith(".parquet"))).isNotEmpty();
    }
  }

  @Test
  void aVerifierScoresHistoryInAnyOrder() {
    for (int version : new int[] {2, 0, 1}) {
      lake.rewards()
          .append(RUN, version, VERIFIER, LakehouseFixture.rewards(rollouts(version, 4, 1)));
    }
    assertThat(lake.rewards().read(RUN, 0, 2, VERIFIER)).hasSize(12);
    assertThat(lake.rewards().read(RUN, 0, 2, new RewardsTable.VerifierKey("boxed-integer", "2")))
        .isEmpty();
  }

  @Test
  void promptsAreAddedOnceAndNeverChanged() {
    List<Prompt> first = IntStream.range(0, 4).mapToObj(LakehouseFixture::prompt).toList();
    List<Prompt> more = IntStream.range(2, 6).mapToObj(LakehouseFixture::prompt).toList();
    assertThat(lake.prompts().append(first).written()).isTrue();
    assertThat(lake.prompts().append(first).written()).isFalse();
    assertThat(lake.prompts().append(more).written()).isTrue();
    assertThat(lake.prompts().read("train"))
        .extracting(Prompt::promptId)
        .containsExactly("p0", "p2", "p4");
    Prompt p = first.get(0);
    Prompt changed =
        new Prompt(
            p.promptId(),
            p.source(),
            p.split(),
            p.prompt(),
            p.promptIds(),
            "other answer",
            p.level(),
            "other hash");
    assertThatThrownBy(() -> lake.prompts().append(List.of(changed)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("p0");
  }

  @Test
  void anEvaluationWithOtherSamplingIsAnotherEvaluation() {
    assertThat(lake.evaluations().append(LakehouseFixture.evaluation(5, "a", 4)).written())
        .isTrue();
    assertThat(lake.evaluations().append(LakehouseFixture.evaluation(5, "b", 8)).written())
        .isTrue();
    assertThat(lake.evaluations().append(LakehouseFixture.evaluation(0, "c", 4)).written())
        .isTrue();
    assertThatThrownBy(() -> lake.evaluations().append(LakehouseFixture.evaluation(5, "d", 4)))
        .isInstanceOf(SpongeException.class);
    assertThat(lake.evaluations().read(RUN, 5, "synthetic-math", 8, 1.0))
        .contains(LakehouseFixture.evaluation(5, "b", 8));
    assertThat(lake.evaluations().read(RUN)).hasSize(3);
  }
}
