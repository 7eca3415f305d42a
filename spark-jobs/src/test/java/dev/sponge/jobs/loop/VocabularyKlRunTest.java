package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.TrainStep;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** KL-Convex over the whole vocabulary against both anchors. */
class VocabularyKlRunTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"k-1", "k"})
  void theDivergencesBeginAtZeroAndAreNeverNegative(String precedent) {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("run.steps", "2");
    keys.put("objective.kl.estimator", "full");
    keys.put("objective.kl.precedent", precedent);
    keys.put("objective.kl.coefficient", "0.1");
    keys.put("objective.kl.lambda.start", "0");
    keys.put("training.passes", "1");
    keys.put("training.minibatches", "1");
    keys.put("evaluation.every", "100");
    RunContext run = TinyRun.open(directory, keys);
    new ReMixLoop(run).run();
    List<TrainStep> steps = run.lakehouse().trainSteps().read(TinyRun.RUN);
    // One update a step: the metrics are those of the policy before it, version 0 and version 1.
    assertThat(kl(steps.get(0), "base")).isCloseTo(0, within(1e-6));
    assertThat(kl(steps.get(0), "precedent")).isCloseTo(0, within(1e-6));
    assertThat(kl(steps.get(1), "base")).isGreaterThan(1e-5);
    if (precedent.equals("k")) {
      assertThat(kl(steps.get(1), "precedent")).isCloseTo(0, within(1e-6));
    } else {
      assertThat(kl(steps.get(1), "precedent")).isEqualTo(kl(steps.get(1), "base"));
    }
  }

  @Test
  void aCriticOnTheSameBackboneLearnsBesideIt() {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("run.algorithm", "remix-ppo");
    keys.put("run.steps", "2");
    keys.put("objective.kl.estimator", "full");
    keys.put("advantage.estimator", "gae");
    keys.put("critic.backbone", "shared");
    keys.put("critic.loss_coefficient", "0.5");
    keys.put("critic.frozen_policy_steps", "1");
    keys.put("rollout.group_size", "1");
    keys.put("rollout.prompts_per_step", "16");
    // Rewards differ for sure: about half of the responses have a broken format.
    keys.put("data.noise.broken_format", "0.5");
    keys.put("reward.verifier", "final-integer");
    keys.put("reward.format_weight", "0.5");
    keys.put("evaluation.every", "100");
    RunContext run = TinyRun.open(directory, keys);
    new ReMixLoop(run).run();
    List<TrainStep> steps = run.lakehouse().trainSteps().read(TinyRun.RUN);
    assertThat(steps.get(0).metrics()).doesNotContainKey("actor/kl_base");
    assertThat(steps.get(1).metrics().get("critic/vf_loss")).isPositive();
    assertThat(kl(steps.get(1), "base")).isPositive();
  }

  private static double kl(TrainStep step, String anchor) {
    return step.metrics().get("actor/kl_" + anchor);
  }
}
