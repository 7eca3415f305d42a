package dev.sponge.rl.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

class KernelModuleTest {
  @Test
  void theArchiveHoldsTheSameBytesOnEveryCall() {
    assertThat(KernelArchive.build()).isEqualTo(KernelArchive.build());
  }

  @Test
  void theCdfIsInvertedAtTheUniform() {
    try (NDManager manager = TorchEngine.newManager(Device.cpu());
        KernelModule kernels = new KernelModule(manager)) {
      // Probabilities .2, .3, .5: the uniforms .1, .2, .49, .5, .9999999 fall on tokens 0, 1, 1, 2,
      // 2; greedy takes token 2.
      NDArray row = manager.create(new float[] {.2f, .3f, .5f}).log().reshape(1, 3);
      NDArray logits = row.repeat(0, 6);
      NDArray temperature = manager.create(new float[] {1, 1, 1, 1, 1, 0});
      NDArray uniform = manager.create(new float[] {.1f, .2001f, .4999f, .5001f, 1 - 0x1p-23f, 0});
      NDArray[] picked =
          kernels.infer(manager, "pick", logits, temperature, uniform, 0L, new double[] {1, 0});
      assertThat(picked[0].toLongArray()).containsExactly(0, 1, 1, 2, 2, 2);
      assertThat(picked[1].exp().toFloatArray())
          .containsExactly(new float[] {.2f, .3f, .3f, .5f, .5f, .5f}, within());
    }
  }

  @Test
  void aTokenWithoutMassIsNeverSampled() {
    try (NDManager manager = TorchEngine.newManager(Device.cpu());
        KernelModule kernels = new KernelModule(manager)) {
      NDArray logits =
          manager
              .create(new float[] {-1e30f, 0f, -1e30f, 0f, -1e30f}, new Shape(1, 5))
              .repeat(0, 3);
      NDArray picked =
          kernels
              .infer(
                  manager,
                  "pick",
                  logits,
                  manager.ones(new Shape(3)),
                  manager.create(new float[] {0, .5f, 1 - 0x1p-23f}),
                  0L,
                  new double[] {1, 0})[0];
      assertThat(picked.toLongArray()).containsExactly(1, 3, 3);
    }
  }

  private static org.assertj.core.data.Offset<Float> within() {
    return org.assertj.core.data.Offset.offset(1e-6f);
  }
}
