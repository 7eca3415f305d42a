package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.provenance.Replay;
import dev.sponge.jobs.provenance.Replay.Outcome;
import dev.sponge.jobs.provenance.Replay.Report;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.LakeTable;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.table.TrainStep;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.Manifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Steps computed again from what they read. */
class ReplayTest {
  @TempDir Path directory;

  private static Report replay(RunContext run, int step) {
    return Replay.of(run, new Replay.Request(step, Optional.empty(), false));
  }

  private static Map<String, Long> versions(RunContext run) {
    return run.lakehouse().tables().stream()
        .collect(Collectors.toMap(LakeTable::name, LakeTable::version));
  }

  private static List<String> files(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.map(Path::toString).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void everyStepOfARunIsComputedAgainByteForByte() {
    RunContext run = TinyRun.reference();
    Map<String, Long> versions = versions(run);
    List<String> files = files(run.work());
    List<TrainStep> steps = run.lakehouse().trainSteps().read(TinyRun.RUN);
    assertThat(steps.get(2).replayedRollouts()).isPositive();
    for (TrainStep step : steps) {
      Report report = replay(run, step.step());
      assertThat(report.differences()).as("step " + step.step()).isEmpty();
      assertThat(report.outcome()).isEqualTo(Outcome.EQUAL);
      assertThat(report.notes()).isEmpty();
      int rows = step.passes() * TinyRun.PROMPTS_PER_STEP * TinyRun.GROUP_SIZE;
      assertThat(report.sentence(step.step(), TinyRun.RUN))
          .startsWith("step %d of run \"main\" is equal: ".formatted(step.step()))
          .contains(rows + " rows of step_rollouts", " rows of anchor_logprobs", " metrics")
          .contains("files of the checkpoint");
    }
    assertThat(versions(run)).as("nothing is written").isEqualTo(versions);
    assertThat(files(run.work())).as("nothing is left behind").isEqualTo(files);
  }

  @Test
  void theComputedCheckpointCanBeKept() throws IOException {
    RunContext run = TinyRun.reference();
    Path kept = directory.resolve("kept");
    Replay.of(run, new Replay.Request(0, Optional.of(kept), false));
    Manifest.verify(kept);
    Policy made = run.lakehouse().policies().read(TinyRun.RUN, 1).orElseThrow();
    assertThat(kept.resolve("model.safetensors"))
        .hasSameBinaryContentAs(
            run.checkpoints().fetch(made.checkpointUri()).resolve("model.safetensors"));
    assertThatThrownBy(() -> Replay.of(run, new Replay.Request(0, Optional.of(kept), false)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--keep")
        .hasMessageContaining("not empty");
  }

  @Test
  void whatIsAppendedLaterIsNotSeen() {
    RunContext run = copy("", UnaryOperator.identity(), UnaryOperator.identity());
    VerifierKey real = new VerifierKey(run.verifier().id(), run.verifier().version());
    VerifierKey second = new VerifierKey("second", "1");
    List<Rollout> old = run.lakehouse().rollouts().read(TinyRun.RUN, 1, 1);
    // Of another run, of a verifier of its own, and, which no job does, of the steps' own rows.
    run.lakehouse().rollouts().append("other", 1, List.of(with(old.get(0), "other")));
    run.lakehouse().rollouts().append("forged", 1, List.of(with(old.get(0), TinyRun.RUN)));
    List<Reward> rewards =
        List.copyOf(run.lakehouse().rewards().read(TinyRun.RUN, 1, 1, real).values());
    run.lakehouse()
        .rewards()
        .append(TinyRun.RUN, 1, second, rewards.stream().map(r -> with(r, second)).toList());
    run.lakehouse()
        .rewards()
        .append(TinyRun.RUN, 1, new VerifierKey("forged", "1"), List.of(rewards.get(0)));
    for (int step : List.of(1, 2)) {
      Report report = replay(run, step);
      assertThat(report.differences()).isEmpty();
      assertThat(report.outcome()).isEqualTo(Outcome.EQUAL);
    }
  }

  @Test
  void aChangedRewardIsFound() {
    RunContext reference = TinyRun.reference();
    Rollout victim = reference.lakehouse().rollouts().read(TinyRun.RUN, 2, 2).get(0);
    RunContext run =
        copy(
            "rewards",
            reward ->
                reward.rolloutId().equals(victim.rolloutId())
                    ? with(reward, reward.reward() + 1)
                    : reward,
            UnaryOperator.identity());
    assertThat(replay(run, 1).outcome()).as("a step before").isEqualTo(Outcome.EQUAL);
    Report report = replay(run, 2);
    assertThat(report.outcome()).isEqualTo(Outcome.DIFFERENT);
    assertThat(report.differences())
        .anyMatch(line -> line.startsWith("metric critic/rewards/mean: stored "))
        .anyMatch(line -> line.startsWith("step_rollouts.advantage: "))
        .anyMatch(line -> line.startsWith("policies.weights_sha256: "))
        .anyMatch(line -> line.startsWith("checkpoint model.safetensors: "))
        .noneMatch(line -> line.startsWith("anchor_logprobs"));
    assertThat(report.sentence(2, TinyRun.RUN)).contains("is different in ");
    // The advantages of the other rollouts of its group move too.
    assertThat(report.differences())
        .filteredOn(line -> line.startsWith("step_rollouts.advantage: "))
        .singleElement()
        .asString()
        .contains(2 * TinyRun.GROUP_SIZE + " of 32 rows, by up to ");
  }

  @Test
  void anotherEngineIsRefusedOrComparedWithATolerance() {
    RunContext otherLibrary =
        copy("policies", UnaryOperator.identity(), engine -> engine.replace("libtorch", "torch 0"));
    assertThatThrownBy(() -> replay(otherLibrary, 2))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("another engine")
        .hasMessageContaining("torch 0")
        .hasMessageContaining("--any-engine");
    Report equal = Replay.of(otherLibrary, new Replay.Request(2, Optional.empty(), true));
    assertThat(equal.outcome()).isEqualTo(Outcome.EQUAL);

    // As if the step had run with one worker: sums in another order.
    RunContext otherSums =
        copy(
            "policies",
            UnaryOperator.identity(),
            engine -> engine.replace("libtorch", "torch 0").replace("x 2 workers", "x 1 workers"));
    Report rounded = Replay.of(otherSums, new Replay.Request(2, Optional.empty(), true));
    assertThat(rounded.outcome()).isEqualTo(Outcome.WITHIN_TOLERANCE);
    assertThat(rounded.distance()).isPresent();
    assertThat(rounded.distance().getAsDouble()).isBetween(Double.MIN_VALUE, 1e-3);
    assertThat(rounded.sentence(2, TinyRun.RUN)).contains("within the tolerance", "% of the step");
  }

  @Test
  void stepsThatAreNotThereAreNamed() {
    RunContext run = TinyRun.reference();
    assertThatThrownBy(() -> replay(run, TinyRun.STEPS))
        .isInstanceOf(UserError.class)
        .hasMessage("--step 4: run \"main\" has committed steps 0 to 3.");
    RunContext nobody = TinyRun.open(run.work(), Map.of("run.name", "nobody"));
    assertThatThrownBy(() -> replay(nobody, 0))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("has committed no step");
  }

  @Test
  void stepsWithACriticAreComputedAgainAndDamageIsNamed() throws IOException {
    RunContext run = ppo();
    assertThat(run.lakehouse().trainSteps().read(TinyRun.RUN).get(1).replayedRollouts())
        .isPositive();
    for (int step = 0; step < 3; step++) {
      Report report = replay(run, step);
      assertThat(report.differences()).as("step " + step).isEmpty();
      assertThat(report.sentence(step, TinyRun.RUN)).contains("rows of stored_advantages");
    }

    Path made = checkpoint(run, 2);
    Path weights = made.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 3] ^= 1;
    Files.write(weights, bytes);
    Report damaged = replay(run, 1);
    assertThat(damaged.outcome()).isEqualTo(Outcome.DIFFERENT);
    assertThat(damaged.differences())
        .singleElement()
        .asString()
        .startsWith("checkpoint model.safetensors: changed since the step wrote it")
        .endsWith("from byte %,d on".formatted(bytes.length - 3));
    assertThatThrownBy(() -> replay(run, 2))
        .as("a step that begins from the damaged weights")
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("model.safetensors");

    String first = run.lakehouse().policies().read(TinyRun.RUN, 1).orElseThrow().checkpointUri();
    run.checkpoints().prune(first, "critic");
    assertThatThrownBy(() -> replay(run, 1))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("the critic (critic/)")
        .hasMessageContaining("checkpoint.keep_optimizer = all");
    Report pruned = replay(run, 0);
    assertThat(pruned.outcome()).isEqualTo(Outcome.EQUAL);
    assertThat(pruned.notes()).singleElement().asString().startsWith("critic/ was removed from");
    run.checkpoints().prune(first, "trainer");
    assertThatThrownBy(() -> replay(run, 1))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("the optimiser's moments (trainer/)")
        .hasMessageContaining("checkpoint.keep_optimizer = all");
    run.checkpoints().delete(first);
    assertThatThrownBy(() -> replay(run, 1))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("the checkpoint of policy version 1 is gone")
        .hasMessageContaining("checkpoint.keep_every = 1");
    Report without = replay(run, 0);
    assertThat(without.outcome()).isEqualTo(Outcome.EQUAL);
    assertThat(without.notes()).singleElement().asString().contains("version 1 is gone");
  }

  /** Three steps of ReMix-PPO past T = 2, with stored advantages and LoRA. */
  private RunContext ppo() {
    Map<String, String> keys = new TreeMap<>();
    keys.put("run.algorithm", "remix-ppo");
    keys.put("run.steps", "3");
    keys.put("advantage.estimator", "gae");
    keys.put("advantage.off_policy", "stored");
    keys.put("adapter.kind", "lora");
    keys.put("critic.learning_rate", "1e-3");
    keys.put("rollout.group_size", "1");
    keys.put("rollout.prompts_per_step", "16");
    keys.put("reincarnation.step", "2");
    keys.put("evaluation.every", "100");
    RunContext run = TinyRun.open(directory.resolve("ppo"), keys);
    new ReMixLoop(run).run();
    return run;
  }

  private static Path checkpoint(RunContext run, int version) {
    Policy policy = run.lakehouse().policies().read(TinyRun.RUN, version).orElseThrow();
    return run.checkpoints().fetch(policy.checkpointUri());
  }

  /**
   * The reference run's tables in a directory of their own, one of them written anew.
   *
   * @param anew table that gets other rows at the same versions; empty for none
   */
  private RunContext copy(
      String anew, UnaryOperator<Reward> rewards, UnaryOperator<String> engines) {
    RunContext reference = TinyRun.reference();
    Path work = TinyRun.copyOfReference(directory.resolve("copy" + files(directory).size()));
    Path table = work.resolve("tables").resolve(anew);
    if (!anew.isEmpty()) {
      files(table).stream()
          .sorted(java.util.Comparator.reverseOrder())
          .forEach(file -> Path.of(file).toFile().delete());
    }
    RunContext run = TinyRun.open(work);
    VerifierKey key = new VerifierKey(run.verifier().id(), run.verifier().version());
    for (int version = 0; version < TinyRun.STEPS && anew.equals("rewards"); version++) {
      run.lakehouse()
          .rewards()
          .append(
              TinyRun.RUN,
              version,
              key,
              reference
                  .lakehouse()
                  .rewards()
                  .read(TinyRun.RUN, version, version, key)
                  .values()
                  .stream()
                  .map(rewards)
                  .toList());
    }
    if (anew.equals("policies")) {
      reference.lakehouse().policies().read(TinyRun.RUN, 0, TinyRun.STEPS).stream()
          .map(policy -> with(policy, engines.apply(policy.engine())))
          .forEach(run.lakehouse().policies()::append);
    }
    return run;
  }

  private static Policy with(Policy p, String engine) {
    return new Policy(
        p.runId(),
        p.policyVersion(),
        p.attemptId(),
        p.parentVersion(),
        p.baseVersion(),
        p.incarnation(),
        p.phase(),
        p.checkpointUri(),
        p.weightsSha256(),
        p.resolvedConfig(),
        engine,
        p.createdAt(),
        p.tokenizerSha256());
  }

  private static Reward with(Reward r, double reward) {
    return new Reward(
        r.rolloutId(),
        r.runId(),
        r.policyVersion(),
        r.verifierId(),
        r.verifierVersion(),
        r.status(),
        reward,
        r.correct(),
        r.formatOk(),
        r.detail());
  }

  private static Reward with(Reward r, VerifierKey verifier) {
    return new Reward(
        r.rolloutId(),
        r.runId(),
        r.policyVersion(),
        verifier.id(),
        verifier.version(),
        r.status(),
        r.reward(),
        r.correct(),
        r.formatOk(),
        r.detail());
  }

  private static Rollout with(Rollout r, String run) {
    return Copies.of(r, "again-" + r.rolloutId(), run, r.policyVersion());
  }
}
