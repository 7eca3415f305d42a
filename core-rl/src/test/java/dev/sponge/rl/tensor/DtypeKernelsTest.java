package dev.sponge.rl.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DtypeKernelsTest {
  private static final int FLOAT16 = 5;
  private static final int FLOAT32 = 6;
  private static final int BFLOAT16 = 15;

  private NDManager manager;
  private DtypeKernels kernels;

  @BeforeEach
  void open() {
    manager = TorchEngine.newManager(Device.cpu());
    kernels = new DtypeKernels(manager);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray raw(int... halves) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(halves.length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int half : halves) {
      bytes.putShort((short) half);
    }
    return manager.create(bytes.flip(), new Shape(bytes.limit()), DataType.UINT8);
  }

  private int[] narrowed(int scalarType, float... values) {
    ByteBuffer bytes =
        kernels
            .narrow(manager, manager.create(values), scalarType, 0, values.length)
            .toByteBuffer()
            .order(ByteOrder.LITTLE_ENDIAN);
    int[] halves = new int[values.length];
    for (int i = 0; i < halves.length; i++) {
      halves[i] = Short.toUnsignedInt(bytes.getShort());
    }
    return halves;
  }

  @Test
  void wideningIsExact() {
    NDArray into = manager.zeros(new Shape(4));
    assertThat(kernels.widen(raw(0x3C00, 0x7BFF, 0x0001, 0x8000), FLOAT16, into, 0)).isTrue();
    assertThat(into.toFloatArray()).containsExactly(1f, 65504f, 0x1p-24f, -0f);
    assertThat(kernels.widen(raw(0x3F80, 0xC000, 0x0001, 0x7F7F), BFLOAT16, into, 0)).isTrue();
    assertThat(into.toFloatArray()).containsExactly(1f, -2f, 0x1p-133f, 0x1.FEp127f);
  }

  @Test
  void wideningFillsItsPlaceAlone() {
    NDArray into = manager.ones(new Shape(2, 3));
    kernels.widen(raw(0x4000, 0x4040), BFLOAT16, into, 2);
    assertThat(into.toFloatArray()).containsExactly(1f, 1f, 2f, 3f, 1f, 1f);
  }

  @Test
  void aViewInTheMiddleOfBytesIsWidened() {
    NDArray into = manager.zeros(new Shape(2));
    NDArray view = raw(0x3F80, 0x4000, 0x4040, 0x4080).get("2:6");
    assertThat(kernels.widen(view, BFLOAT16, into, 0)).isTrue();
    assertThat(into.toFloatArray()).containsExactly(2f, 3f);
  }

  @Test
  void narrowingRoundsToTheNearestAndTiesToEven() {
    float tieDown = 1 + 0x1p-8f;
    float tieUp = 1 + 3 * 0x1p-8f;
    assertThat(narrowed(BFLOAT16, tieDown, Math.nextUp(tieDown), tieUp, -0f))
        .containsExactly(0x3F80, 0x3F81, 0x3F82, 0x8000);
    assertThat(narrowed(FLOAT16, 1 + 0x1p-11f, 65519f, 0x1p-25f))
        .containsExactly(0x3C00, 0x7BFF, 0x0000);
  }

  @Test
  void narrowingTakesTheRangeThatIsAskedFor() {
    NDArray values = manager.arange(6f).reshape(2, 3);
    NDArray bytes = kernels.narrow(manager, values, FLOAT32, 2, 5);
    assertThat(bytes.getDataType()).isEqualTo(DataType.UINT8);
    ByteBuffer expected = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    expected.putFloat(2).putFloat(3).putFloat(4);
    assertThat(bytes.toByteArray()).isEqualTo(expected.array());
    assertThat(kernels.narrow(manager, values.transpose(), BFLOAT16, 1, 2).toByteArray())
        .containsExactly(0x40, 0x40);
  }

  /** NaN, the infinities, and what float16 cannot hold, alone among many finite values. */
  @ParameterizedTest
  @ValueSource(ints = {0x7E00, 0xFE00, 0x7C00, 0xFC00})
  void oneValueThatIsNotFiniteIsFound(int half) {
    for (int place : new int[] {0, 17, 99}) {
      int[] halves = new int[100];
      halves[place] = half;
      assertThat(kernels.allFinite(raw(halves), FLOAT16)).isFalse();
      assertThat(kernels.widen(raw(halves), FLOAT16, manager.zeros(new Shape(100)), 0)).isFalse();
    }
    assertThat(kernels.allFinite(raw(new int[100]), FLOAT16)).isTrue();
  }

  @Test
  void whatIsTooLargeForFloat16BecomesInfinite() {
    NDArray large = manager.create(new float[] {1, 65520});
    assertThat(kernels.allFinite(kernels.narrow(manager, large, FLOAT16, 0, 2), FLOAT16)).isFalse();
    assertThat(kernels.allFinite(kernels.narrow(manager, large, BFLOAT16, 0, 2), BFLOAT16))
        .isTrue();
  }

  @Test
  void callsLeaveNothingBehind() {
    NDArray into = manager.zeros(new Shape(1));
    NDArray one = raw(0x3F80);
    int before = manager.getManagedArrays().size();
    for (int i = 0; i < 10; i++) {
      kernels.widen(one, BFLOAT16, into, 0);
      kernels.narrow(manager, into, BFLOAT16, 0, 1).close();
    }
    assertThat(manager.getManagedArrays()).hasSize(before);
  }
}
