package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.AnchorLogprobs;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.training.BootstrapJob;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.ResidualAdapter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two steps that train a residual of the logits. */
class ResidualRunTest {
  private static final double SCALE = 0.5;
  // Sampler and scorer run other batches of products in float32.
  private static final float ROUNDING = 1e-3f;

  @TempDir static Path directory;
  private static RunContext run;

  private static RunContext open(Map<String, String> more) {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("run.steps", "2");
    keys.put("adapter.kind", "residual");
    keys.put("adapter.rank", "4");
    keys.put("adapter.residual_scale", "" + SCALE);
    keys.put("training.learning_rate", "1e-2");
    keys.putAll(more);
    return TinyRun.open(directory, keys);
  }

  @BeforeAll
  static void twoSteps() {
    run = open(Map.of());
    new ReMixLoop(run).run();
  }

  private static Policy policy(int version) {
    return run.lakehouse().policies().read(TinyRun.RUN, version).orElseThrow();
  }

  private static Path checkpoint(int version) {
    return run.checkpoints().fetch(policy(version).checkpointUri());
  }

  @Test
  void everyCheckpointIsTheBaseWithAnAdapterOfItsOwn() {
    assertThat(ResidualAdapter.exists(checkpoint(0))).isFalse();
    for (int version = 1; version <= 2; version++) {
      assertThat(checkpoint(version).resolve("model.safetensors"))
          .hasSameBinaryContentAs(checkpoint(0).resolve("model.safetensors"));
      assertThat(ResidualAdapter.exists(checkpoint(version))).isTrue();
    }
    assertThat(checkpoint(1).resolve(ResidualAdapter.DIRECTORY).resolve(ResidualAdapter.FILE_NAME))
        .isRegularFile();
    assertThat(policy(0).weightsSha256())
        .isNotEqualTo(policy(1).weightsSha256())
        .isNotEqualTo(policy(2).weightsSha256());
    assertThat(policy(1).weightsSha256()).isNotEqualTo(policy(2).weightsSha256());
  }

  @Test
  void rolloutsAreDrawnFromBaseAndAdapterAndStayInTheTrustRegion() {
    Map<String, float[]> current = new HashMap<>();
    Map<String, float[]> base = new HashMap<>();
    for (AnchorLogprobs row : run.lakehouse().anchorLogprobs().read(TinyRun.RUN, 1, 1)) {
      (row.anchorVersion() == 1 ? current : base).put(row.rolloutId(), row.logprobs());
    }
    double largest = 0;
    int tokens = 0;
    for (Rollout rollout : run.lakehouse().rollouts().read(TinyRun.RUN, 1, 1)) {
      float[] pi = current.get(rollout.rolloutId());
      float[] anchor = base.get(rollout.rolloutId());
      if (pi == null) {
        continue;
      }
      assertThat(rollout.behaviourLogprobs()).containsExactly(pi, within(ROUNDING));
      for (int t = 0; t < pi.length; t++) {
        largest = Math.max(largest, rollout.temperature() * Math.abs(pi[t] - anchor[t]));
        tokens++;
      }
    }
    assertThat(tokens).isGreaterThan(20);
    assertThat(largest).isGreaterThan(10 * ROUNDING).isLessThanOrEqualTo(2 * SCALE + ROUNDING);
  }

  @Test
  void noOtherRunBeginsFromSuchACheckpoint() {
    RunContext other = open(Map.of("run.name", "other", "model.dir", checkpoint(2).toString()));
    assertThatThrownBy(() -> new BootstrapJob(other).run())
        .isInstanceOf(UserError.class)
        .hasMessageContaining("model.dir = " + checkpoint(2))
        .hasMessageContaining("residual adapter");
  }
}
