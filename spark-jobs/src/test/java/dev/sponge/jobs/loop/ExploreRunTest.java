package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.loop.CommandScript.Result;
import dev.sponge.jobs.prepare.PrepareJob;
import dev.sponge.jobs.provenance.Lineage;
import dev.sponge.jobs.provenance.Replay;
import dev.sponge.jobs.rollout.RolloutJob;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.table.Evaluation;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.table.TrainStep;
import dev.sponge.jobs.training.BootstrapJob;
import dev.sponge.rl.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** run.mode = explore: rounds of rollouts of one policy, and nothing else. */
class ExploreRunTest {
  private static final int ROUNDS = 3;
  private static final int ROLLOUTS = TinyRun.PROMPTS_PER_STEP * TinyRun.GROUP_SIZE;

  /** Tables that only training fills. */
  private static final List<String> OF_TRAINING =
      List.of("anchor_logprobs", "step_rollouts", "history_statistics", "incarnations");

  @TempDir static Path directory;

  private static RunContext whole;

  @BeforeAll
  static void explore() {
    whole = open("whole", ROUNDS);
    new ReMixLoop(whole).run();
  }

  private static RunContext open(String work, int rounds) {
    return TinyRun.open(
        directory.resolve(work),
        Map.of(
            "run.mode",
            "explore",
            "run.steps",
            "" + rounds,
            "history.share",
            "0",
            "reincarnation.step",
            "0"));
  }

  private static Map<String, List<String>> contents(RunContext run) {
    Map<String, List<String>> tables =
        new LinkedHashMap<>(Contents.of(run.lakehouse(), TinyRun.RUN));
    OF_TRAINING.forEach(table -> assertThat(tables.remove(table)).as(table).isEmpty());
    return tables;
  }

  @Test
  void everyRoundIsRecordedOnceAndNoWeightChanges() throws Exception {
    Lakehouse lake = whole.lakehouse();
    List<Rollout> rollouts = lake.rollouts().read(TinyRun.RUN, 0, ROUNDS);
    assertThat(
            rollouts.stream()
                .collect(Collectors.groupingBy(Rollout::policyVersion, Collectors.counting())))
        .isEqualTo(Map.of(0, (long) ROLLOUTS, 1, (long) ROLLOUTS, 2, (long) ROLLOUTS));
    assertThat(rollouts).extracting(Rollout::rolloutId).doesNotHaveDuplicates();
    assertThat(rollouts.stream().map(Rollout::promptId).distinct())
        .as("every round asks prompts of its own")
        .hasSize(ROUNDS * TinyRun.PROMPTS_PER_STEP);
    assertThat(lake.rewards().dataset().count()).isEqualTo((long) ROUNDS * ROLLOUTS);

    List<Policy> policies = lake.policies().read(TinyRun.RUN, 0, ROUNDS);
    assertThat(policies).hasSize(ROUNDS + 1);
    assertThat(policies)
        .extracting(Policy::weightsSha256)
        .containsOnly(policies.get(0).weightsSha256());
    assertThat(policies)
        .extracting(Policy::checkpointUri)
        .containsOnly(policies.get(0).checkpointUri());
    assertThat(policies).extracting(Policy::phase).containsOnly(0);
    assertThat(whole.work().resolve("checkpoints").resolve(TinyRun.RUN)).doesNotExist();
    assertThat(AsyncRunTest.fsck(whole, directory.resolve("scratch")).check().damages()).isEmpty();
    assertThat(Lineage.of(lake, TinyRun.RUN, OptionalInt.empty())).hasSize(ROUNDS + 1);

    assertThatThrownBy(() -> Replay.of(whole, new Replay.Request(1, Optional.empty(), false)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("run.mode = explore");

    List<TrainStep> steps = lake.trainSteps().read(TinyRun.RUN);
    assertThat(steps).extracting(TrainStep::passes).containsOnly(0);
    assertThat(steps).extracting(TrainStep::freshRollouts).containsOnly(ROLLOUTS);
    assertThat(steps.get(1).metrics())
        .containsEntry("data/fresh_rollouts", (double) ROLLOUTS)
        .containsKeys("critic/rewards/mean", "response_length/mean", "timing_s/rollout");
    assertThat(lake.evaluations().read(TinyRun.RUN))
        .as("equal weights are evaluated once")
        .extracting(Evaluation::policyVersion)
        .containsExactly(0);
    assertThat(new RunSummary(whole).make(1, new Times()).finalPolicy())
        .isEqualTo(new RunSummary(whole).make(1, new Times()).base());
  }

  @Test
  void aRunThatEndsBetweenItsCommitsGoesOnWithEqualRows() {
    RunContext parts = open("parts", 1);
    new ReMixLoop(parts).run();
    RunContext rest = open("parts", ROUNDS);
    new RolloutJob(rest).run(RunState.require(rest.lakehouse(), TinyRun.RUN), new Times());
    assertThat(rest.lakehouse().trainSteps().lastStep(TinyRun.RUN)).hasValue(0);
    assertThat(AsyncRunTest.fsck(rest, directory.resolve("scratch")).check().damages())
        .as("a round that is broken off is no damage")
        .isEmpty();
    new ReMixLoop(rest).run();
    Map<String, List<String>> expected = contents(whole);
    Map<String, List<String>> actual = contents(rest);
    // Other run.steps stand in the configuration of the first policies.
    expected.remove("policies");
    Contents.assertEqual(actual, expected);
  }

  @Test
  void stageByStageEqualsTheLoop() throws Exception {
    RunContext base = open("staged", ROUNDS);
    new PrepareJob(base).run();
    new BootstrapJob(base).run();
    Path script = Files.createDirectories(directory.resolve("script"));
    CommandScript commands = new CommandScript(script);
    Path config = TinyRun.configFile(script);
    List<String> common =
        List.of(
            "--work",
            base.work().toString(),
            "--config",
            config.toString(),
            "--set",
            "run.mode=explore",
            "--steps",
            "" + ROUNDS,
            "--quiet");
    for (String stage :
        List.of(
            "rollout",
            "train",
            "evaluate",
            "rollout",
            "evaluate",
            "reincarnate",
            "rollout",
            "rollout",
            "run")) {
      List<String> line = new ArrayList<>(List.of(stage));
      line.addAll(common);
      commands.add(line.toArray(String[]::new));
    }
    List<Result> results = commands.run();
    assertThat(results).extracting(Result::code).containsExactly(0, 2, 0, 0, 0, 0, 0, 0, 0);
    assertThat(results.get(1).err()).contains("run.mode = explore trains nothing");
    for (int again : List.of(4, 5, 7, 8)) {
      assertThat(results.get(again).out()).contains(": nothing to do");
    }
    Contents.assertEqual(contents(base), contents(whole));
  }
}
