package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.sponge.jobs.loop.CommandScript.Result;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.TrainStep;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** The stages as commands, one after another, against {@code run} in one application. */
@TestInstance(Lifecycle.PER_CLASS)
class StageByStageTest {
  private static final String COUNT_ROLLOUTS = "select count(*) as n from rollouts";

  @TempDir static Path directory;

  private Path work;
  private CommandScript script;
  private Path config;
  private final List<Integer> done = new ArrayList<>();
  private final List<Integer> nothing = new ArrayList<>();
  private List<Result> results;
  private RunContext staged;

  private int rolloutWithoutPolicy;
  private int trainWithoutRollouts;
  private int rolloutAtReincarnation;
  private int trainAtReincarnation;
  private int finished;
  private int otherGroupSize;
  private int otherSeed;
  private int otherAlgorithm;
  private int committedView;
  private int allRows;
  private int badQuery;
  private int asOfStep1;
  private int replayed;
  private int why;

  @BeforeAll
  void runTheStages() throws Exception {
    work = directory.resolve("work");
    config = TinyRun.configFile(directory);
    script = new CommandScript(directory);
    done.add(stage("prepare"));
    nothing.add(stage("prepare"));
    rolloutWithoutPolicy = stage("rollout");
    done.add(stage("bootstrap"));
    nothing.add(stage("bootstrap"));
    trainWithoutRollouts = stage("train");
    done.add(stage("evaluate"));
    for (int k = 0; k < TinyRun.STEPS; k++) {
      if (k == TinyRun.REINCARNATION) {
        rolloutAtReincarnation = stage("rollout");
        trainAtReincarnation = stage("train");
        done.add(stage("reincarnate"));
        nothing.add(stage("reincarnate"));
      }
      done.add(stage("rollout"));
      if (k == 0) {
        nothing.add(stage("rollout"));
        nothing.add(stage("reincarnate"));
      }
      done.add(stage("train"));
      if (k % 2 == 1) {
        done.add(stage("evaluate"));
      }
    }
    nothing.add(stage("evaluate"));
    nothing.add(stage("rollout"));
    nothing.add(stage("train"));
    finished = stage("run");
    otherGroupSize = stage("run", "--set", "rollout.group_size=3");
    otherSeed = stage("train", "--seed", "9");
    otherAlgorithm = stage("rollout", "--algorithm", "grpo");
    committedView =
        sql("select count(*) as n from step_rollouts where step = 1 and math_equal('2', '2')");
    allRows = sql("select step, fresh_rollouts, replayed_rollouts from train_steps order by step");
    badQuery = sql("select nothing from nowhere");
    asOfStep1 = script.add("sql", "--at-step", "1", COUNT_ROLLOUTS, "--work", work.toString());
    replayed = script.add("replay", "--step", "2", "--work", work.toString());
    why = script.add("why", "--step", "2", "--top", "2", "--work", work.toString());
    results = script.run();
    staged = TinyRun.open(work);
  }

  private int stage(String command, String... more) {
    List<String> args = new ArrayList<>(List.of(command));
    args.addAll(List.of("--work", work.toString(), "--config", config.toString(), "--quiet"));
    args.addAll(List.of(more));
    return script.add(args.toArray(String[]::new));
  }

  private int sql(String query) {
    return script.add("sql", query, "--work", work.toString());
  }

  private void assertRefused(int index, String... sentences) {
    Result result = results.get(index);
    assertThat(result.code()).as(result.toString()).isEqualTo(2);
    assertThat(result.err()).startsWith("sponge: ").contains(sentences).hasLineCount(1);
    assertThat(result.out()).doesNotContain("Exception");
  }

  @Test
  void everyStageDoesWhatIsNextAndSaysWhenThereIsNothing() {
    for (int index : done) {
      Result result = results.get(index);
      assertThat(result.code()).as(result.toString()).isZero();
      assertThat(result.out()).as(result.command()).doesNotContain("nothing to do");
    }
    for (int index : nothing) {
      Result result = results.get(index);
      assertThat(result.code()).as(result.toString()).isZero();
      assertThat(result.out()).as(result.command()).contains(": nothing to do");
    }
  }

  @Test
  void stageByStageEqualsTheLoop() {
    Contents.assertEqual(
        Contents.of(staged.lakehouse(), TinyRun.RUN),
        Contents.of(TinyRun.reference().lakehouse(), TinyRun.RUN));
  }

  @Test
  void everyVersionHasItsOwnWeights() {
    List<String> hashes = new ArrayList<>();
    for (int version = 0; version <= TinyRun.STEPS; version++) {
      hashes.add(
          staged
              .lakehouse()
              .policies()
              .read(TinyRun.RUN, version)
              .map(Policy::weightsSha256)
              .orElseThrow());
    }
    assertThat(hashes).doesNotHaveDuplicates();
  }

  @Test
  void aStageThatNeedsAnEarlierOneNamesIt() {
    assertRefused(rolloutWithoutPolicy, "has no policy yet", "sponge bootstrap");
    assertRefused(trainWithoutRollouts, "no verified rollouts", "sponge rollout");
  }

  @Test
  void theReincarnationMayNotBeLeftOut() {
    assertRefused(rolloutAtReincarnation, "Step 3", "sponge reincarnate");
    assertRefused(trainAtReincarnation, "Step 3", "sponge reincarnate");
    TrainStep before =
        staged.lakehouse().trainSteps().read(TinyRun.RUN, TinyRun.REINCARNATION - 1).orElseThrow();
    assertThat(before.historyShare()).isEqualTo(0.4);
    assertThat(before.passes()).isEqualTo(2);
    assertThat(before.baseVersion()).isZero();
    TrainStep after =
        staged.lakehouse().trainSteps().read(TinyRun.RUN, TinyRun.REINCARNATION).orElseThrow();
    assertThat(after.historyShare()).isZero();
    assertThat(after.replayedRollouts()).isZero();
    assertThat(after.passes()).isEqualTo(1);
    assertThat(after.baseVersion()).isEqualTo(TinyRun.REINCARNATION);
    assertThat(after.incarnation()).isEqualTo(1);
    assertThat(after.phase()).isEqualTo(2);
    assertThat(staged.lakehouse().incarnations().read(TinyRun.RUN))
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.historyFromVersion()).isEqualTo(TinyRun.REINCARNATION);
              assertThat(row.baseVersion()).isEqualTo(TinyRun.REINCARNATION);
              assertThat(row.atStep()).isEqualTo(TinyRun.REINCARNATION);
            });
  }

  @Test
  void aFinishedRunSaysThatThereIsNothingToDo() {
    Result result = results.get(finished);
    assertThat(result.code()).as(result.toString()).isZero();
    assertThat(result.out()).contains("run: nothing to do");
  }

  @Test
  void anotherValueOfAnImmutableKeyIsRefused() {
    assertRefused(otherGroupSize, "rollout.group_size (stored 4, given 3)", "--run NAME");
    assertRefused(otherSeed, "run.seed (stored 1, given 9)");
    assertRefused(otherAlgorithm, "run.algorithm");
  }

  @Test
  void sqlReadsTheRowsThatCount() {
    Result count = results.get(committedView);
    assertThat(count.code()).as(count.toString()).isZero();
    // 4 groups of 4, two passes.
    assertThat(count.out().lines().map(String::strip)).contains("32");
    Result steps = results.get(allRows);
    assertThat(steps.out().lines().map(line -> line.strip().replaceAll("\\s+", " ")))
        .contains("0 16 0", "1 8 8", "2 8 8", "3 16 0");
    assertThat(results.get(badQuery).code()).isNotZero();
    assertThat(results.get(badQuery).err()).startsWith("sponge: ").doesNotContain("\tat ");
  }

  @Test
  void aStepIsSeenReplayedAndExplainedFromTheCommandLine() {
    Result then = results.get(asOfStep1);
    assertThat(then.code()).as(then.toString()).isZero();
    assertThat(then.out().lines().map(String::strip)).as("of steps 0 and 1").contains("24");
    Result equal = results.get(replayed);
    assertThat(equal.code()).as(equal.toString()).isZero();
    assertThat(equal.out()).startsWith("step 2 of run \"main\" is equal: ").hasLineCount(1);
    Result explained = results.get(why);
    assertThat(explained.code()).as(explained.toString()).isZero();
    assertThat(explained.out())
        .startsWith("step 2 of run \"main\": 2 of 16 rollouts, ")
        .contains(" 1. ", " 2. ", "response: ", "pass 1: ")
        .doesNotContain(" 3. ");
  }

  @Test
  void theSummaryHasExactlyItsFields() throws Exception {
    JsonObject summary =
        JsonParser.parseString(Files.readString(work.resolve("summary.json"))).getAsJsonObject();
    assertThat(summary.keySet())
        .containsExactly(
            "run_id",
            "algorithm",
            "seed",
            "base",
            "final",
            "steps",
            "rollouts_generated",
            "rollouts_replayed",
            "overhead_seconds_per_step",
            "peak_rss_bytes",
            "seconds",
            "tokens_per_second",
            "curve");
    assertThat(summary.getAsJsonObject("base").keySet())
        .containsExactly("pass1_greedy", "pass1_sampled", "pass8_sampled");
    assertThat(summary.getAsJsonObject("final").keySet())
        .containsExactly("pass1_greedy", "pass1_sampled", "pass8_sampled");
    assertThat(summary.getAsJsonObject("seconds").keySet())
        .containsExactly(
            "total",
            "bootstrap",
            "rollout",
            "verify",
            "score",
            "train",
            "tables",
            "evaluate",
            "hidden");
    assertThat(summary.getAsJsonObject("tokens_per_second").keySet())
        .containsExactly("generate", "train");
    List<Integer> steps = new ArrayList<>();
    for (JsonElement point : summary.getAsJsonArray("curve")) {
      assertThat(point.getAsJsonObject().keySet())
          .containsExactly(
              "step",
              "rollouts",
              "pass1_greedy",
              "pass1_sampled",
              "response_length",
              "reflection_rate",
              "entropy",
              "lambda",
              "kl_base",
              "kl_prev",
              "pg_clipfrac");
      steps.add(point.getAsJsonObject().get("step").getAsInt());
    }
    assertThat(steps).containsExactly(0, 2, 4);
    assertThat(summary.get("run_id").getAsString()).isEqualTo("main");
    assertThat(summary.get("algorithm").getAsString()).isEqualTo("remix-grpo");
    assertThat(summary.get("steps").getAsInt()).isEqualTo(4);
    assertThat(summary.get("rollouts_generated").getAsInt()).isEqualTo(48);
    assertThat(summary.get("rollouts_replayed").getAsInt()).isEqualTo(16);
    assertThat(summary.get("peak_rss_bytes").getAsLong()).isPositive();
  }

  @Test
  void rewardsDifferWithinGroupsSoThatTheRunsLearnSomething() {
    assertThat(staged.lakehouse().stepRollouts().read(TinyRun.RUN, 0, TinyRun.STEPS))
        .anyMatch(row -> row.advantage() != 0);
  }
}
