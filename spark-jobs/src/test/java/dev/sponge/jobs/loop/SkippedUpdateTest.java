package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.TrainStep;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Responses of two tokens are all truncated, so that every reward is 0. */
class SkippedUpdateTest {
  private static final int STEPS = 3;

  @TempDir Path directory;

  private static Policy policy(RunContext run, int version) {
    return run.lakehouse().policies().read(TinyRun.RUN, version).orElseThrow();
  }

  private static Path file(RunContext run, int version, String name) {
    return run.checkpoints().fetch(policy(run, version).checkpointUri()).resolve(name);
  }

  @ParameterizedTest
  @CsvSource({
    "remix-grpo, reward, stored, online-dpo, keep",
    "remix-grpo, grpo, stored, mix-ppg, drop",
    "remix-ppo, gae, vtrace, mix-ppg, drop"
  })
  void stepsWithNothingToTrainLeaveThePolicyAsItIsAndGoOn(
      String algorithm, String estimator, String offPolicy, String loss, String groups) {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("run.algorithm", algorithm);
    keys.put("run.steps", "" + STEPS);
    keys.put("rollout.max_new_tokens", "2");
    keys.put("advantage.estimator", estimator);
    keys.put("advantage.off_policy", offPolicy);
    keys.put("advantage.zero_variance_groups", groups);
    keys.put("objective.loss", loss);
    keys.put("objective.aggregation", "seq-mean-token-mean");
    keys.put("reincarnation.step", "2");
    keys.put("bootstrap.epochs", "1");
    RunContext run = TinyRun.open(directory, keys);
    new ReMixLoop(run).run();

    List<TrainStep> steps = run.lakehouse().trainSteps().read(TinyRun.RUN);
    assertThat(steps).hasSize(STEPS);
    assertThat(steps.get(1).replayedRollouts()).isPositive();
    for (TrainStep step : steps) {
      assertThat(step.metrics())
          .containsEntry("actor/updates", 0.0)
          .containsEntry("actor/skipped_updates", 2.0 * step.passes())
          .containsEntry("data/trained_tokens", 0.0)
          .containsEntry("critic/rewards/mean", 0.0);
      assertThat(step.metrics().values()).allMatch(Double::isFinite);
    }
    for (int version = 1; version <= STEPS; version++) {
      assertThat(policy(run, version).weightsSha256()).isEqualTo(policy(run, 0).weightsSha256());
    }
    assertThat(file(run, STEPS, "model.safetensors"))
        .hasSameBinaryContentAs(file(run, 0, "model.safetensors"));
    assertThat(run.lakehouse().stepRollouts().read(TinyRun.RUN, 0, STEPS)).isEmpty();
  }
}
