package dev.sponge.rl.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.Fixture;
import dev.sponge.rl.tensor.TorchEngine;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against torch.optim.AdamW and clip_grad_norm_; see make_adamw_fixture.py. */
class AdamWParityTest {
  private static final List<String> NAMES = List.of("weight", "bias", "norm");
  private static final int STEPS = 5;
  // torch.optim.AdamW's default is the same fused kernel's formula in another order of operations.
  private static final float TOLERANCE = 1e-6f;
  private final Fixture fixture = Fixture.open("adamw.safetensors");

  private Map<String, NDArray> arrays(NDManager manager, String prefix) {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    for (String name : NAMES) {
      FloatBuffer values = FloatBuffer.wrap(fixture.floats(prefix + name));
      arrays.put(name, manager.create(values, new Shape(fixture.shape(prefix + name))));
    }
    return arrays;
  }

  private static OptimizerSettings settings(double maxGradNorm) {
    return new OptimizerSettings(
        new LearningRateSchedule(1e-2, 0), 0.9, 0.95, 1e-8, 0.1, maxGradNorm);
  }

  @Test
  void fiveUpdatesEqualTorchAlsoWhenTheMomentsAreSavedAndLoadedInBetween(@TempDir Path directory) {
    try (NDManager manager = TorchEngine.newManager(Device.cpu())) {
      Map<String, NDArray> parameters = arrays(manager, "initial.");
      AdamW optimizer = new AdamW(settings(1e9), parameters, manager);
      for (int step = 1; step <= STEPS; step++) {
        optimizer.update(new ArrayList<>(arrays(manager, "grad." + step + ".").values()));
        for (String name : NAMES) {
          float[] expected = fixture.floats("param." + step + "." + name);
          assertThat(parameters.get(name).toFloatArray())
              .as("%s after update %d", name, step)
              .containsExactly(expected, within(TOLERANCE));
        }
        if (step == 3) {
          optimizer.save(directory);
          optimizer.close();
          optimizer = new AdamW(settings(1e9), parameters, manager);
          optimizer.load(directory);
          assertThat(optimizer.updates()).isEqualTo(3);
        }
      }
    }
  }

  @Test
  void gradientsAreClippedToTheGlobalNormAsTorchDoes() {
    try (NDManager manager = TorchEngine.newManager(Device.cpu())) {
      for (String set : List.of("clip.", "clip.small.")) {
        AdamW optimizer = new AdamW(settings(1), arrays(manager, "initial."), manager);
        Map<String, NDArray> gradients = arrays(manager, set + "before.");
        AdamW.Update update = optimizer.update(new ArrayList<>(gradients.values()));
        assertThat((float) update.gradNorm())
            .isCloseTo(fixture.floats(set + "norm")[0], within(1e-5f));
        for (String name : NAMES) {
          assertThat(gradients.get(name).toFloatArray())
              .containsExactly(fixture.floats(set + "after." + name), within(TOLERANCE));
        }
      }
    }
  }

  @Test
  void aGradientThatIsNotFiniteMovesNothing() {
    try (NDManager manager = TorchEngine.newManager(Device.cpu())) {
      Map<String, NDArray> parameters = arrays(manager, "initial.");
      AdamW optimizer = new AdamW(settings(1), parameters, manager);
      Map<String, NDArray> gradients = arrays(manager, "grad.1.");
      gradients.get("bias").set(new float[] {0, 0, Float.NaN, 0, 0, 0});
      AdamW.Update update = optimizer.update(new ArrayList<>(gradients.values()));
      assertThat(update.gradNorm()).isNaN();
      assertThat(optimizer.updates()).isZero();
      for (String name : NAMES) {
        assertThat(parameters.get(name).toFloatArray())
            .isEqualTo(fixture.floats("initial." + name));
      }
    }
  }
}
