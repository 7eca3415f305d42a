package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Policy;
import dev.sponge.rl.model.HfModelDirectory;
import dev.sponge.rl.model.LoraAdapter;
import dev.sponge.rl.model.LoraSettings;
import dev.sponge.rl.model.Projection;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.TorchEngine;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two steps that train low-rank factors beside two projections. */
class LoraRunTest {
  @TempDir static Path directory;
  private static RunContext run;

  @BeforeAll
  static void twoSteps() {
    run =
        TinyRun.open(
            directory,
            Map.of(
                "run.steps", "2",
                "adapter.kind", "lora",
                "adapter.rank", "3",
                "adapter.alpha", "6",
                "adapter.targets", "[v_proj, down_proj]",
                "training.learning_rate", "1e-2"));
    new ReMixLoop(run).run();
  }

  private static Path checkpoint(int version) {
    Policy policy = run.lakehouse().policies().read(TinyRun.RUN, version).orElseThrow();
    return run.checkpoints().fetch(policy.checkpointUri());
  }

  @Test
  void everyCheckpointHoldsTheBaseWithItsAdapterMerged() {
    try (NDManager manager = TorchEngine.newManager(Device.cpu())) {
      Weights base = HfModelDirectory.load(checkpoint(0), manager);
      for (int version = 1; version <= 2; version++) {
        Weights merged = HfModelDirectory.load(checkpoint(version), manager);
        Path saved = checkpoint(version).resolve("trainer").resolve("adapter");
        LoraAdapter adapter = LoraAdapter.load(saved, base.config(), manager);
        assertThat(adapter.settings())
            .isEqualTo(new LoraSettings(3, 6, List.of(Projection.V, Projection.DOWN)));
        for (String name : base.byName().keySet()) {
          boolean adapted = name.contains("v_proj.weight") || name.contains("down_proj.weight");
          float[] change = merged.get(name).sub(base.get(name)).toFloatArray();
          float[] expected = adapted ? delta(adapter, name) : new float[change.length];
          assertThat(change).as(name).hasSameSizeAs(expected);
          for (int i = 0; i < change.length; i++) {
            assertThat(Math.abs(change[i] - expected[i])).as(name).isLessThan(1e-5f);
          }
          assertMoved(change, adapted);
        }
      }
    }
  }

  private static void assertMoved(float[] change, boolean adapted) {
    double largest = 0;
    for (float value : change) {
      largest = Math.max(largest, Math.abs(value));
    }
    if (adapted) {
      assertThat(largest).isGreaterThan(1e-4);
    } else {
      assertThat(largest).isZero();
    }
  }

  /** alpha / r B A. */
  private static float[] delta(LoraAdapter adapter, String parameter) {
    String module = "base_model.model." + parameter.substring(0, parameter.lastIndexOf('.'));
    NDArray down = adapter.byName().get(module + ".lora_A.weight");
    NDArray up = adapter.byName().get(module + ".lora_B.weight");
    return up.matMul(down).mul(2).toFloatArray();
  }
}
