package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.table.StoredAdvantages;
import dev.sponge.jobs.table.TrainStep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ReMix-PPO with a critic, one response a prompt, past T = 2. */
class PpoRunTest {
  @TempDir Path directory;

  private RunContext open(String work, int steps, Map<String, String> more) {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("run.algorithm", "remix-ppo");
    keys.put("run.steps", "" + steps);
    keys.put("advantage.estimator", "gae");
    keys.put("advantage.off_policy", "reevaluate");
    keys.put("critic.learning_rate", "1e-3");
    keys.put("rollout.group_size", "1");
    keys.put("rollout.prompts_per_step", "16");
    keys.put("reincarnation.step", "2");
    // Rewards differ for sure: about half of the responses have a broken format.
    keys.put("data.noise.broken_format", "0.5");
    keys.put("reward.verifier", "final-integer");
    keys.put("reward.format_weight", "0.5");
    keys.put("evaluation.every", "100");
    keys.putAll(more);
    return TinyRun.open(directory.resolve(work), keys);
  }

  private static Path checkpoint(RunContext run, int version) {
    Policy policy = run.lakehouse().policies().read(TinyRun.RUN, version).orElseThrow();
    return run.checkpoints().fetch(policy.checkpointUri());
  }

  @Test
  void aStoppedRunGoesOnWithTheSameBytesOfPolicyAndCritic() {
    RunContext whole = open("whole", 3, Map.of());
    new ReMixLoop(whole).run();
    new ReMixLoop(open("parts", 2, Map.of())).run();
    RunContext rest = open("parts", 3, Map.of());
    new ReMixLoop(rest).run();
    for (String file :
        List.of(
            "model.safetensors",
            "critic/model.safetensors",
            "critic/value_head.safetensors",
            "critic/optimizer.safetensors")) {
      assertThat(checkpoint(rest, 3).resolve(file))
          .hasSameBinaryContentAs(checkpoint(whole, 3).resolve(file));
    }
    List<TrainStep> steps = whole.lakehouse().trainSteps().read(TinyRun.RUN);
    assertThat(steps.get(1).replayedRollouts()).isPositive();
    assertThat(steps.get(2).replayedRollouts()).as("on-policy after T").isZero();
    assertThat(steps)
        .allSatisfy(
            step -> {
              assertThat(step.metrics().get("critic/vf_loss")).isPositive();
              assertThat(step.metrics()).containsKey("critic/vf_explained_var");
            });
    assertThat(steps.get(0).metrics().get("critic/vpred_mean"))
        .as("the head begins at 0 and has moved within the step")
        .isNotZero();
  }

  @Test
  void theCriticBeginsAloneWhileThePolicyIsFrozen() throws IOException {
    RunContext run = open("work", 2, Map.of("critic.frozen_policy_steps", "1"));
    new ReMixLoop(run).run();
    String weights = "model.safetensors";
    assertThat(checkpoint(run, 1).resolve(weights))
        .hasSameBinaryContentAs(checkpoint(run, 0).resolve(weights));
    assertThat(checkpoint(run, 1).resolve("critic/" + weights))
        .as("began as a copy of the policy")
        .isRegularFile()
        .satisfies(
            f ->
                assertThat(Files.mismatch(f, checkpoint(run, 1).resolve(weights))).isNotNegative());
    assertThat(
            Files.mismatch(
                checkpoint(run, 2).resolve(weights), checkpoint(run, 1).resolve(weights)))
        .isNotNegative();
    List<TrainStep> steps = run.lakehouse().trainSteps().read(TinyRun.RUN);
    assertThat(steps).extracting(TrainStep::versionOut).containsExactly(1, 2);
    assertThat(steps.get(0).metrics())
        .containsEntry("actor/updates", 0.0)
        .containsEntry("data/trained_tokens", 0.0);
    assertThat(steps.get(0).metrics().get("critic/vf_loss")).isPositive();
    assertThat(steps.get(0).metrics().values()).allMatch(Double::isFinite);
    assertThat(steps.get(1).metrics())
        .containsEntry("actor/skipped_updates", 0.0)
        .containsKey("actor/pg_loss");
  }

  @Test
  void storedAdvantagesAreThoseOfTheRolloutsOwnStep() {
    Map<String, String> stored = Map.of("advantage.off_policy", "stored");
    RunContext whole = open("whole", 2, stored);
    new ReMixLoop(whole).run();
    List<StoredAdvantages> rows = whole.lakehouse().storedAdvantages().read(TinyRun.RUN, 0, 1);
    assertThat(rows)
        .extracting(StoredAdvantages::rolloutId)
        .containsExactlyInAnyOrderElementsOf(
            whole.lakehouse().rollouts().read(TinyRun.RUN, 0, 1).stream()
                .map(Rollout::rolloutId)
                .toList());
    // The head begins at 0: at step 0 every token's advantage and return is the reward.
    Map<String, Double> rewards = new HashMap<>();
    for (StoredAdvantages row : rows.stream().filter(r -> r.policyVersion() == 0).toList()) {
      rewards.put(row.rolloutId(), (double) row.returns()[0]);
      assertThat(row.advantages()).containsOnly(row.returns()[0]);
      assertThat(row.returns()).containsOnly(row.returns()[0]);
    }
    assertThat(rewards.values()).contains(0.5).containsAnyOf(0.0, 1.0, 1.5);
    // Whitening moves equal advantages to equal ones: each reward has one place at the replay.
    Map<Double, Set<Double>> replayed = new TreeMap<>();
    whole.lakehouse().stepRollouts().read(TinyRun.RUN, 1, 1).stream()
        .filter(row -> row.lag() == 1)
        .forEach(
            row ->
                replayed
                    .computeIfAbsent(rewards.get(row.rolloutId()), r -> new HashSet<>())
                    .add((double) Math.round(1e4 * row.advantage())));
    assertThat(replayed).isNotEmpty();
    assertThat(replayed.values()).allSatisfy(places -> assertThat(places).hasSize(1));

    new ReMixLoop(open("parts", 1, stored)).run();
    RunContext rest = open("parts", 2, stored);
    new ReMixLoop(rest).run();
    assertThat(Contents.rows(rest.lakehouse().storedAdvantages().read(TinyRun.RUN, 0, 1)))
        .isEqualTo(Contents.rows(rows));
    for (String file : List.of("model.safetensors", "critic/model.safetensors")) {
      assertThat(checkpoint(rest, 2).resolve(file))
          .hasSameBinaryContentAs(checkpoint(whole, 2).resolve(file));
    }
  }

  @Test
  void aJointLossMovesTheBackboneByTheValuesTooAndGoesOnWithTheSameBytes() throws IOException {
    Map<String, String> joint =
        Map.of(
            "critic.backbone", "shared",
            "critic.loss_coefficient", "0.5",
            "critic.head_std", "0.1",
            "critic.frozen_policy_steps", "1");
    Map<String, String> apart = new HashMap<>(joint);
    apart.put("critic.loss_coefficient", "0");
    RunContext whole = open("whole", 2, joint);
    new ReMixLoop(whole).run();
    RunContext alone = open("alone", 2, apart);
    new ReMixLoop(alone).run();
    new ReMixLoop(open("parts", 1, joint)).run();
    RunContext rest = open("parts", 2, joint);
    new ReMixLoop(rest).run();
    for (String file :
        List.of(
            "model.safetensors",
            "trainer/optimizer.safetensors",
            "critic/value_head.safetensors",
            "critic/optimizer.safetensors")) {
      Path trained = checkpoint(whole, 2).resolve(file);
      assertThat(checkpoint(rest, 2).resolve(file)).hasSameBinaryContentAs(trained);
      assertThat(Files.mismatch(trained, checkpoint(alone, 2).resolve(file)))
          .as(file)
          .isNotNegative();
    }
    String head = "critic/value_head.safetensors";
    assertThat(checkpoint(alone, 1).resolve(head))
        .as("a frozen policy leaves the head alone")
        .hasSameBinaryContentAs(checkpoint(whole, 1).resolve(head));
    assertThat(whole.lakehouse().trainSteps().read(TinyRun.RUN))
        .allSatisfy(step -> assertThat(step.metrics().get("critic/vf_loss")).isPositive())
        .allSatisfy(step -> assertThat(step.metrics().values()).allMatch(Double::isFinite));
  }

  @ParameterizedTest
  @CsvSource({"vtrace, own, mix-ppg", "reevaluate, shared, mix-ppg", "vtrace, own, geppo"})
  void everyKindOfCriticTrains(String offPolicy, String backbone, String loss) {
    RunContext run =
        open(
            "work",
            2,
            Map.of(
                "advantage.off_policy", offPolicy,
                "critic.backbone", backbone,
                "critic.learning_rate", "1e-2",
                "objective.loss", loss));
    new ReMixLoop(run).run();
    assertThat(checkpoint(run, 2).resolve("critic/value_head.safetensors")).isRegularFile();
    assertThat(checkpoint(run, 1).resolve("model.safetensors").toFile()).isFile();
    assertThat(run.lakehouse().storedAdvantages().version()).as("on request only").isZero();
    assertThat(run.lakehouse().stepRollouts().read(TinyRun.RUN, 0, 2))
        .anyMatch(row -> row.advantage() != 0);
  }
}
