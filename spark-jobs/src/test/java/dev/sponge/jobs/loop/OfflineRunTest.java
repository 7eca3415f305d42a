package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.provenance.Influence;
import dev.sponge.jobs.provenance.Lineage;
import dev.sponge.jobs.provenance.Replay;
import dev.sponge.jobs.reuse.RescoreJob;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.table.LakeTable;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.table.StepRollout;
import dev.sponge.jobs.table.TrainStep;
import dev.sponge.jobs.training.BootstrapJob;
import dev.sponge.jobs.training.TrainJob;
import dev.sponge.rl.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A run is rescored, and new runs train on its rollouts alone. */
@TestInstance(Lifecycle.PER_CLASS)
class OfflineRunTest {
  private static final int LAST = TinyRun.STEPS - 1;

  @TempDir static Path directory;

  private Path work;
  private Lakehouse lake;
  private long rollouts;

  /** Rollouts of the reference: 4, 2, 2 and 4 groups of versions 0 to 3. */
  @BeforeAll
  void trainOnce() {
    work = TinyRun.copyOfReference(directory.resolve("work"));
    lake = TinyRun.open(work).lakehouse();
    rollouts = lake.rollouts().dataset().count();
    new RescoreJob(lake, "final-integer@1").run(Optional.of(TinyRun.RUN));
    assertThat(new ReMixLoop(offline("again", Map.of())).run()).isTrue();
  }

  private RunContext offline(String name, Map<String, String> more) {
    return offline(work, name, more);
  }

  private static RunContext offline(Path work, String name, Map<String, String> more) {
    Map<String, String> keys = new HashMap<>();
    keys.put("run.name", name);
    keys.put("run.steps", "10");
    keys.put("history.share", "0");
    keys.put("reincarnation.step", "0");
    keys.put("offline.run", TinyRun.RUN);
    keys.put("offline.to_version", "" + LAST);
    keys.put("reward.verifier", "final-integer");
    keys.put("evaluation.every", "100");
    keys.put("evaluation.final_samples", "8");
    keys.putAll(more);
    return TinyRun.open(work, keys);
  }

  private List<String> weights(String name) {
    return lake.policies().read(name, 0, 100).stream().map(Policy::weightsSha256).toList();
  }

  private Map<LakeTable<?>, Long> versions() {
    return lake.tables().stream()
        .collect(Collectors.toMap(Function.identity(), LakeTable::version));
  }

  @Test
  void thePolicyChangesWithoutOneNewRollout() throws Exception {
    assertThat(lake.rollouts().dataset().count()).isEqualTo(rollouts);
    assertThat(weights("again")).hasSize(4).doesNotHaveDuplicates();
    assertThat(weights("again").get(0)).isEqualTo(weights(TinyRun.RUN).get(0));
    List<TrainStep> steps = lake.trainSteps().read("again");
    assertThat(steps)
        .hasSize(3)
        .allSatisfy(
            step -> {
              assertThat(step.freshRollouts()).isZero();
              assertThat(step.replayedRollouts())
                  .isEqualTo(TinyRun.PROMPTS_PER_STEP * TinyRun.GROUP_SIZE);
              assertThat(step.historyShare()).isEqualTo(1);
              assertThat(step.metrics()).containsEntry("data/fresh_rollouts", 0.0);
              assertThat(step.metrics()).containsEntry("data/fresh_tokens", 0.0);
            });
    assertThat(lake.evaluations().read("again"))
        .extracting(e -> e.policyVersion())
        .containsExactly(0, 3);
    RunContext run = offline("again", Map.of());
    new RunSummary(run).make(1, new Times()).write(directory);
    assertThat(directory.resolve("summary.json")).isNotEmptyFile();
    assertThat(new ReMixLoop(run).run()).as("the history is used up").isFalse();
  }

  @Test
  void aStepIsComputedAgainAndExplainedFromTheOtherRunsRollouts() {
    RunContext run = offline("again", Map.of());
    assertThat(Replay.of(run, new Replay.Request(1, Optional.empty(), false)).outcome())
        .isEqualTo(Replay.Outcome.EQUAL);
    assertThat(Influence.of(run, 1))
        .hasSize(TinyRun.PROMPTS_PER_STEP * TinyRun.GROUP_SIZE)
        .allSatisfy(
            influence -> {
              assertThat(influence.rollout().runId()).isEqualTo(TinyRun.RUN);
              assertThat(influence.reward().orElseThrow().verifierId()).isEqualTo("final-integer");
              assertThat(influence.prompt()).isPresent();
            });
  }

  @Test
  void everyGroupTrainsOnceWithTheLagOfItsVirtualVersion() {
    Map<String, Rollout> stored =
        lake.rollouts().read(TinyRun.RUN, 0, LAST).stream()
            .collect(Collectors.toMap(Rollout::rolloutId, Function.identity()));
    List<StepRollout> trained =
        lake.stepRollouts().read("again", 0, 9).stream().filter(r -> r.pass() == 0).toList();
    assertThat(trained)
        .extracting(StepRollout::rolloutId)
        .containsExactlyInAnyOrderElementsOf(stored.keySet());
    assertThat(trained)
        .allSatisfy(
            row ->
                assertThat(row.lag())
                    .isEqualTo(
                        row.step() + LAST + 1 - stored.get(row.rolloutId()).policyVersion()));
    assertThat(trained).anyMatch(row -> row.advantage() != 0);
    // Step 0 trains on the rollouts of version 0 with the weights of version 0.
    assertThat(trained)
        .filteredOn(row -> row.step() == 0)
        .allSatisfy(row -> assertThat(stored.get(row.rolloutId()).policyVersion()).isZero());
  }

  @Test
  void aRunThatWasStoppedEndsWithTheSameBytes() {
    new ReMixLoop(offline("stopped", Map.of("run.steps", "1"))).run();
    RunContext rest = offline("stopped", Map.of());
    RunState state = RunState.require(lake, "stopped");
    new TrainJob(rest).run(state, new Times());
    new ReMixLoop(rest).run();
    assertThat(weights("stopped")).isEqualTo(weights("again"));
  }

  @Test
  void logMuIsThatOfTheOtherRunsTrainer() {
    RunContext sampler = offline("sampler", Map.of("history.mu", "sampler", "run.steps", "1"));
    new BootstrapJob(sampler).run();
    new TrainJob(sampler).run(RunState.require(lake, "sampler"), new Times());
    assertThat(weights("sampler").get(0)).isEqualTo(weights("again").get(0));
    assertThat(weights("sampler").get(1)).isNotEqualTo(weights("again").get(1));
    // The policy that sampled them scores them: pi_0 / mu is 1 exactly but for the batch.
    String logC = "actor/log_c/lag_" + (LAST + 1) + "/mean";
    assertThat(lake.trainSteps().read("again", 0).orElseThrow().metrics().get(logC)).isZero();
  }

  @Test
  void theOrderMayBeSeededAndEpochsRepeatIt() {
    RunContext seeded = offline("seeded", Map.of("offline.order", "seeded", "offline.epochs", "2"));
    new BootstrapJob(seeded).run();
    for (int k = 0; k < 6; k++) {
      new TrainJob(seeded).run(RunState.require(lake, "seeded"), new Times());
    }
    for (int epoch = 0; epoch < 2; epoch++) {
      assertThat(lake.stepRollouts().read("seeded", 3 * epoch, 3 * epoch + 2))
          .filteredOn(row -> row.pass() == 0)
          .extracting(StepRollout::rolloutId)
          .hasSize((int) rolloutsOfSource())
          .doesNotHaveDuplicates();
    }
    assertThat(trainedIn("seeded", 0)).isNotEqualTo(trainedIn("again", 0));
    assertThat(trainedIn("seeded", 3)).isNotEqualTo(trainedIn("seeded", 0));
    assertThatThrownBy(
            () -> new TrainJob(seeded).run(RunState.require(lake, "seeded"), new Times()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("all groups of offline.run = main have trained");
  }

  private long rolloutsOfSource() {
    return lake.rollouts().read(TinyRun.RUN, 0, LAST).size();
  }

  private List<String> trainedIn(String run, int step) {
    return lake.stepRollouts().read(run, step, step).stream()
        .filter(row -> row.pass() == 0)
        .map(StepRollout::rolloutId)
        .sorted()
        .toList();
  }

  @Test
  void anyPolicyOfTheOtherRunMayBeVersionZero() {
    new BootstrapJob(offline("later", Map.of("offline.policy", "4"))).run();
    assertThat(weights("later")).containsExactly(weights(TinyRun.RUN).get(4));
    assertThat(noteOfVersion0("later"))
        .isEqualTo("policy 4 of run main; trains on rollouts of run main, versions 0 to 3");
    assertThat(noteOfVersion0("again")).startsWith("policy 0 of run main; trains on rollouts");
    assertThat(noteOfVersion0(TinyRun.RUN)).isEmpty();
  }

  private String noteOfVersion0(String name) {
    List<Lineage.Ancestor> chain = Lineage.of(lake, name, OptionalInt.of(0));
    return Lineage.cells(chain.get(0)).get(Lineage.header().indexOf("note"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "offline.run=nobody | no run of that name",
        "offline.to_version=9 | policy versions up to 3",
        "reward.format_weight=0.1 | sponge rescore --verifier final-integer@1+format0.1 --run main",
        "offline.policy=9 | no such policy version",
        "rollout.prompts_per_step=13 | 12 groups"
      })
  void whatCannotBeTrainedOnIsRefusedAndNothingIsWritten(String assignment, String message) {
    Map<LakeTable<?>, Long> before = versions();
    int equals = assignment.indexOf('=');
    String value = assignment.substring(equals + 1).strip();
    RunContext run = offline("refused", Map.of(assignment.substring(0, equals), value));
    assertThatThrownBy(() -> new ReMixLoop(run).run())
        .isInstanceOf(UserError.class)
        .hasMessageContaining(message);
    assertThat(versions()).isEqualTo(before);
    assertThat(Files.exists(work.resolve("checkpoints/refused"))).isFalse();
  }

  @Test
  void aPolicyWithoutItsCheckpointIsRefused() {
    Path copy = TinyRun.copyOfReference(directory.resolve("pruned"));
    Lakehouse other = TinyRun.open(copy).lakehouse();
    append(other, "pruned", base().checkpointUri() + "-removed", base().tokenizerSha256());
    Map<String, String> keys =
        Map.of(
            "offline.run", "pruned",
            "offline.policy", "0",
            "offline.to_version", "0",
            "rollout.prompts_per_step", "1");
    List<Rollout> rollouts =
        lake.rollouts().read(TinyRun.RUN, 0, 0).stream().limit(TinyRun.GROUP_SIZE).toList();
    other.rollouts().append("pruned", 0, rollouts.stream().map(r -> of(r, "pruned")).toList());
    new RescoreJob(other, "final-integer@1").run(Optional.of("pruned"));
    assertThatThrownBy(() -> new ReMixLoop(offline(copy, "refused", keys)).run())
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no checkpoint of that version any more");
  }

  private static Rollout of(Rollout r, String run) {
    return Copies.of(r, run + r.rolloutId(), run, r.policyVersion());
  }

  private Policy base() {
    return lake.policies().read(TinyRun.RUN, 0).orElseThrow();
  }

  private void append(Lakehouse into, String run, String checkpointUri, String tokenizerSha256) {
    Policy base = base();
    into.policies()
        .append(
            new Policy(
                run,
                0,
                base.attemptId(),
                null,
                0,
                0,
                0,
                checkpointUri,
                base.weightsSha256(),
                base.resolvedConfig(),
                base.engine(),
                base.createdAt(),
                tokenizerSha256));
  }

  @Test
  void anotherTokenizerIsRefused() {
    assertThat(base().tokenizerSha256()).isEqualTo(offline("x", Map.of()).tokenizerSha256());
    append(lake, "foreign", base().checkpointUri(), "another");
    assertThatThrownBy(
            () -> new ReMixLoop(offline("refused", Map.of("offline.run", "foreign"))).run())
        .isInstanceOf(UserError.class)
        .hasMessageContaining("another tokenizer");
  }
}
