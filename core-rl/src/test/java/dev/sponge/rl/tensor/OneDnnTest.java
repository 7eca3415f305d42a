package dev.sponge.rl.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.model.TinyModels;
import dev.sponge.rl.model.Weights;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tiny models take the plain products; here the others are held against them. */
class OneDnnTest {
  @ParameterizedTest
  @CsvSource({"FLOAT32,1e-4", "BFLOAT16,3e-2"})
  void productsInItsLayoutGiveTheLogitsOfPlainOnes(ComputeDtype dtype, float tolerance) {
    assumeTrue(OneDnn.available(), "libtorch has oneDNN on x86-64 alone");
    ModelConfig config =
        TinyModels.builder()
            .widths(256, 320)
            .heads(4, 2)
            .vocabSize(100)
            .tieWordEmbeddings(true)
            .build();
    try (NDManager manager = TorchEngine.newManager(Device.cpu());
        Weights weights = Weights.random(config, 3, 0.05f, manager)) {
      assertThat(OneDnn.worthwhile(manager, config.hiddenSize())).isTrue();
      NDArray ids = manager.arange(0, 24).toType(ai.djl.ndarray.types.DataType.INT64, false);
      ids = ids.reshape(new Shape(2, 12));
      float[] plain = logits(manager, weights, dtype, false, ids);
      float[] blocked = logits(manager, weights, dtype, true, ids);
      float worst = 0;
      float largest = 1;
      for (int i = 0; i < plain.length; i++) {
        worst = Math.max(worst, Math.abs(plain[i] - blocked[i]));
        largest = Math.max(largest, Math.abs(plain[i]));
      }
      assertThat(worst / largest).isLessThan(tolerance);
    }
  }

  private static float[] logits(
      NDManager manager, Weights weights, ComputeDtype dtype, boolean oneDnn, NDArray ids) {
    DecoderShape shape = weights.config().shape();
    try (KernelModule module = new KernelModule(manager)) {
      module.bindShape(shape, shape.sizes(dtype, oneDnn, true));
      module.infer(manager, "bind_parameters", weights.tensors(), shape.traitsOf());
      return module.infer(manager, "logits", ids)[0].toFloatArray();
    }
  }
}
