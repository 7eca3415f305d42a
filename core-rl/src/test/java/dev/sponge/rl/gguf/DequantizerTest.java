package dev.sponge.rl.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.Fixture;
import dev.sponge.rl.UserError;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DequantizerTest {
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "F32")
  void valuesEqualThoseOfTheGgufPackageToTheBit(GgmlType type) {
    Fixture fixture = Fixture.open("gguf/blocks.safetensors");
    int[] raw = fixture.ints(type + ".bytes");
    ByteBuffer bytes = ByteBuffer.allocate(raw.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int one : raw) {
      bytes.put((byte) one);
    }
    float[] expected = fixture.floats(type + ".values");
    float[] values = new float[expected.length + 3];
    Dequantizer.decode(type, bytes.flip(), values, 3);
    assertThat(java.util.Arrays.copyOfRange(values, 3, values.length))
        .usingComparator(DequantizerTest::compareBits)
        .isEqualTo(expected);
  }

  /** Distinguishes the zeros. */
  private static int compareBits(float[] a, float[] b) {
    int[] left = new int[a.length];
    int[] right = new int[b.length];
    for (int i = 0; i < a.length; i++) {
      left[i] = Float.floatToRawIntBits(a[i]);
    }
    for (int i = 0; i < b.length; i++) {
      right[i] = Float.floatToRawIntBits(b[i]);
    }
    return java.util.Arrays.compare(left, right);
  }

  @Test
  void aBlockByHand() {
    // Scale 0.5; the first byte holds 0xF at its low and 0x3 at its high end.
    ByteBuffer block = ByteBuffer.allocate(18).order(ByteOrder.LITTLE_ENDIAN);
    block.putShort(0, (short) 0x3800).put(2, (byte) 0x3F);
    float[] values = new float[32];
    Dequantizer.decode(GgmlType.Q4_0, block, values, 0);
    assertThat(values[0]).isEqualTo(3.5f);
    assertThat(values[16]).isEqualTo(-2.5f);
    assertThat(values[1]).isEqualTo(-4f);
  }

  @Test
  void halvesAreExact() {
    assertThat(Dequantizer.halfToFloat((short) 0x3C00)).isEqualTo(1f);
    assertThat(Dequantizer.halfToFloat((short) 0xC000)).isEqualTo(-2f);
    assertThat(Dequantizer.halfToFloat((short) 0x0001)).isEqualTo(0x1p-24f);
    assertThat(Dequantizer.halfToFloat((short) 0x8400)).isEqualTo(-0x1p-14f);
    assertThat(Dequantizer.halfToFloat((short) 0x7BFF)).isEqualTo(65504f);
    assertThat(Dequantizer.halfToFloat((short) 0x7C00)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(Dequantizer.halfToFloat((short) 0x7C01)).isNaN();
  }

  @Test
  void aTensorLongerThanAChunkIsReadWhole(@TempDir Path directory) {
    int size = (1 << 18) + 5;
    GgufBytes bytes = GgufBytes.start(3, 1, 0).tensor("t", 0, 0, size).data(0);
    for (int i = 0; i < size; i++) {
      bytes.float32(i);
    }
    try (GgufFile file = GgufFile.open(bytes.write(directory))) {
      float[] values = file.floats(file.header().tensors().get("t"));
      assertThat(values).hasSize(size);
      for (int i = 0; i < size; i++) {
        assertThat(values[i]).isEqualTo((float) i);
      }
    }
  }

  @Test
  void valuesThatAreNotFiniteAreRefusedByTensor(@TempDir Path directory) {
    GgufBytes bytes = GgufBytes.start(3, 1, 0).tensor("bad", 0, 0, 2).data(0);
    Path path = bytes.float32(1).float32(Float.NaN).write(directory);
    try (GgufFile file = GgufFile.open(path)) {
      GgufTensor tensor = file.header().tensors().get("bad");
      assertThatThrownBy(() -> file.floats(tensor))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("tensor bad holds NaN or infinite values (the first at index 1)");
    }
  }
}
