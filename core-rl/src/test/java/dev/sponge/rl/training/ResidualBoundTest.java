package dev.sponge.rl.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.model.ResidualAdapter;
import dev.sponge.rl.model.Safetensors;
import dev.sponge.rl.model.TinyModels;
import dev.sponge.rl.model.TokenSequence;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.TorchEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;

/** However far the factors move, the policy stays near the base. */
class ResidualBoundTest {
  private static final int VOCABULARY = 16;
  private static final int RANK = 2;
  // Of the log-probs in float32.
  private static final double ROUNDING = 1e-4;

  private record Row(int[] promptIds, int[] responseIds, double temperature)
      implements TokenSequence {}

  @Property(tries = 20)
  void theLogRatioToTheBaseIsAtMostTwiceTheScale(
      @ForAll @LongRange(min = 0, max = 1 << 20) long seed,
      @ForAll @DoubleRange(min = 0.05, max = 2) double scale,
      @ForAll @DoubleRange(min = 0.1, max = 100) double size)
      throws IOException {
    Path directory = Files.createTempDirectory("sponge-residual");
    try (NDManager manager = TorchEngine.newManager(Device.cpu())) {
      ModelConfig config = TinyModels.builder().build();
      Weights base = Weights.random(config, seed, 0.5f, manager);
      Random random = new Random(seed);
      int width = config.hiddenSize();
      float[] down = values(random, RANK * width, size);
      float[] up = values(random, VOCABULARY * RANK, size);
      Safetensors.write(
          directory.resolve(ResidualAdapter.FILE_NAME),
          Map.of(
              "residual.V", manager.create(down, new Shape(RANK, width)),
              "residual.U", manager.create(up, new Shape(VOCABULARY, RANK))));
      Files.writeString(
          directory.resolve(ResidualAdapter.CONFIG_FILE_NAME),
          "{\"rank\": " + RANK + ", \"scale\": " + scale + "}");
      ResidualAdapter adapter = ResidualAdapter.load(directory, config, manager);
      double largest = 0;
      try (CausalLm alone = CausalLm.of(base, manager);
          CausalLm both = CausalLm.of(base, Optional.of(adapter), ComputeDtype.FLOAT32, manager)) {
        List<CausalLm.Scored> of = both.score(everyToken(), VOCABULARY);
        List<CausalLm.Scored> to = alone.score(everyToken(), VOCABULARY);
        for (int i = 0; i < VOCABULARY; i++) {
          double ratio = of.get(i).logprobs()[0] - to.get(i).logprobs()[0];
          largest = Math.max(largest, Math.abs(ratio));
        }
      }
      assertThat(largest).isPositive().isLessThanOrEqualTo(2 * scale + ROUNDING);
    } finally {
      Files.delete(directory.resolve(ResidualAdapter.FILE_NAME));
      Files.delete(directory.resolve(ResidualAdapter.CONFIG_FILE_NAME));
      Files.delete(directory);
    }
  }

  private static float[] values(Random random, int count, double size) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (size * random.nextGaussian());
    }
    return values;
  }

  private static List<Row> everyToken() {
    List<Row> rows = new ArrayList<>();
    for (int token = 0; token < VOCABULARY; token++) {
      rows.add(new Row(new int[] {4, 7}, new int[] {token}, 1));
    }
    return rows;
  }
}
