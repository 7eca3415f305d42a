package dev.sponge.rl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.UserError;
import dev.sponge.rl.tensor.TorchEngine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
  @TempDir Path directory;

  private Path file() {
    return directory.resolve("x.safetensors");
  }

  /** A file with this header and as many zero bytes of data. */
  private Path raw(String header, int dataBytes) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json);
    return Files.write(file(), bytes.array());
  }

  private static TensorSource tensor(String name, Shape shape, float... values) {
    return new TensorSource(name, shape, () -> FloatBuffer.wrap(values));
  }

  private void write(TensorSource... tensors) {
    Safetensors.writeFloats(file(), List.of(tensors), WeightDtype.F32);
  }

  private static String entry(String shape, long begin, long end) {
    return "{\"dtype\":\"F32\",\"shape\":"
        + shape
        + ",\"data_offsets\":["
        + begin
        + ","
        + end
        + "]}";
  }

  private static void assertBroken(Path path, String... parts) {
    assertThatThrownBy(() -> Safetensors.open(path).close())
        .isInstanceOf(UserError.class)
        .hasMessageContaining("x.safetensors")
        .satisfies(error -> assertThat(List.of(parts)).allMatch(error.getMessage()::contains));
  }

  @Test
  void theBytesAreThoseOfTheFormat() throws IOException {
    write(tensor("a", new Shape(2, 1), 1f, -2f));
    String header =
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]}}";
    int padded = (header.length() + 7) / 8 * 8;
    ByteBuffer expected = ByteBuffer.allocate(8 + padded + 8).order(ByteOrder.LITTLE_ENDIAN);
    expected
        .putLong(padded)
        .put((header + " ".repeat(padded - header.length())).getBytes(StandardCharsets.UTF_8));
    expected.putFloat(1f).putFloat(-2f);
    assertThat(Files.readAllBytes(file())).isEqualTo(expected.array());
  }

  @Test
  void arraysSurviveARoundTripToTheBit() {
    try (NDManager manager = TorchEngine.newManager(Device.cpu())) {
      float[] odd = {Float.NaN, -0f, Float.MIN_VALUE, Float.NEGATIVE_INFINITY, 3.14f, 1e-38f};
      Map<String, NDArray> arrays = new LinkedHashMap<>();
      arrays.put("second", manager.create(odd, new Shape(2, 3)));
      arrays.put("first", manager.create(5f));
      arrays.put("transposed", manager.arange(6f).reshape(2, 3).transpose());
      arrays.put("empty", manager.zeros(new Shape(0, 4)));
      Safetensors.write(file(), arrays);
      try (Safetensors read = Safetensors.open(file())) {
        assertThat(read.names()).containsExactly("second", "first", "transposed", "empty");
        assertThat(read.metadata()).isEqualTo(Map.of("format", "pt"));
        arrays.forEach(
            (name, array) -> {
              try (NDArray copy = read.read(name, manager)) {
                assertThat(copy.getShape()).isEqualTo(array.getShape());
                assertThat(copy.toByteBuffer()).isEqualTo(array.toByteBuffer());
              }
            });
      }
    }
  }

  @Test
  void anArrayOfSeveralPiecesSurvivesARoundTrip() {
    int size = (1 << 22) + 7;
    try (NDManager manager = TorchEngine.newManager(Device.cpu())) {
      NDArray array = manager.arange(0f, size, 1f);
      for (WeightDtype dtype : List.of(WeightDtype.F32, WeightDtype.BF16)) {
        Safetensors.write(file(), Map.of("a", array), dtype);
        try (Safetensors read = Safetensors.open(file())) {
          float[] values = read.read("a", manager).toFloatArray();
          assertThat(values).hasSize(size);
          for (int i : new int[] {0, 100, 1 << 21, (1 << 22) - (1 << 14), 1 << 22}) {
            assertThat(values[i]).isEqualTo(i);
          }
          assertThat(values[size - 1]).isEqualTo(dtype == WeightDtype.F32 ? size - 1 : 1 << 22);
        }
      }
    }
  }

  @Test
  void equalTensorsGiveEqualBytesAndTheOrderIsKept() throws IOException {
    TensorSource b = tensor("b", new Shape(1), 1f);
    TensorSource a = tensor("a", new Shape(2), 2f, 3f);
    write(b, a);
    byte[] first = Files.readAllBytes(file());
    write(b, a);
    assertThat(Files.readAllBytes(file())).isEqualTo(first);
    try (Safetensors read = Safetensors.open(file())) {
      assertThat(read.names()).containsExactly("b", "a");
    }
  }

  @Test
  void aFileWithoutAlignedDataIsRead() throws IOException {
    String header = "{\"a\":" + entry("[2]", 0, 8) + "}";
    String misaligned =
        header + " ".repeat(3 - header.length() % 4 < 0 ? 0 : 3 - header.length() % 4);
    Path path = raw(misaligned, 8);
    byte[] bytes = Files.readAllBytes(path);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(bytes.length - 4, 7f);
    Files.write(path, bytes);
    assertThat((bytes.length - 8) % 4).isEqualTo(3);
    try (NDManager manager = TorchEngine.newManager(Device.cpu());
        Safetensors read = Safetensors.open(path)) {
      assertThat(read.read("a", manager).toFloatArray()).containsExactly(0f, 7f);
    }
  }

  @Test
  void anUnknownTensorIsNamed() {
    write(tensor("a", new Shape(1), 1f));
    try (Safetensors read = Safetensors.open(file())) {
      assertThatThrownBy(() -> read.shape("b"))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("no tensor b");
    }
  }

  @Test
  void aShapeThatDoesNotHoldItsValuesIsRefusedAndNothingIsLeft() throws IOException {
    assertThatThrownBy(() -> write(tensor("a", new Shape(3), 1f)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("shape (3) and 1 values");
    assertThatThrownBy(() -> write(tensor("a", new Shape(1), 1f), tensor("a", new Shape(1), 1f)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two tensors are named a");
    try (NDManager manager = TorchEngine.newManager(Device.cpu())) {
      NDArray integers = manager.zeros(new Shape(2), DataType.INT32);
      assertThatThrownBy(() -> Safetensors.write(file(), Map.of("a", integers)))
          .isInstanceOf(IllegalArgumentException.class);
      NDArray closed = manager.zeros(new Shape(2));
      Map<String, NDArray> arrays = Map.of("a", closed);
      closed.close();
      assertThatThrownBy(() -> Safetensors.write(file(), arrays)).isNotNull();
    }
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void everyTruncationIsNoticed() throws IOException {
    write(tensor("a", new Shape(1), 1f), tensor("b", new Shape(2), 2f, 3f));
    byte[] whole = Files.readAllBytes(file());
    for (int length = 0; length < whole.length; length++) {
      Files.write(file(), Arrays.copyOf(whole, length));
      assertBroken(file());
    }
    Files.write(file(), Arrays.copyOf(whole, whole.length + 1));
    assertBroken(file(), "take 12 bytes but 13 follow");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 100_000_000, 0, 1, 10})
  void aLyingHeaderLengthAllocatesNothing(long length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
    Files.write(file(), bytes.array());
    assertBroken(file(), Long.toUnsignedString(length) + " bytes");
  }

  @Test
  void offsetsMustFillTheDataWithoutHoleOrOverlap() throws IOException {
    String a = "{\"a\":" + entry("[2]", 0, 8);
    assertBroken(raw(a + ",\"b\":" + entry("[2]", 4, 12) + "}", 12), "tensor b begins at byte 4");
    assertBroken(raw(a + ",\"b\":" + entry("[2]", 12, 20) + "}", 20), "tensor b begins at byte 12");
    assertBroken(raw(a + ",\"b\":" + entry("[2]", 0, 8) + "}", 8), "begins at byte 0");
    assertBroken(raw(a + ",\"b\":" + entry("[2]", 8, 16) + "}", 12), "take 16 bytes but 12 follow");
    assertBroken(raw(a + ",\"b\":" + entry("[2]", -8, 0) + "}", 8), "tensor b");
    assertBroken(raw(a + ",\"b\":" + entry("[2]", 16, 8) + "}", 16), "tensor b");
  }

  @Test
  void theShapeMustNeedExactlyItsBytes() throws IOException {
    assertBroken(raw("{\"a\":" + entry("[3]", 0, 8) + "}", 8), "needs 12 bytes");
    assertBroken(raw("{\"a\":" + entry("[-2,-1]", 0, 8) + "}", 8), "negative dimension");
    assertBroken(raw("{\"a\":" + entry("[4294967296,4294967296]", 0, 0) + "}", 0), "absurd shape");
    assertBroken(raw("{\"a\":" + entry("[4611686018427387906]", 0, 8) + "}", 8), "absurd shape");
  }

  @ParameterizedTest
  @ValueSource(strings = {"F64", "I64", "F8_E4M3", "bf16", ""})
  void anotherDtypeIsRefusedWithItsName(String dtype) throws IOException {
    String header = "{\"a\":{\"dtype\":\"" + dtype + "\",\"shape\":[2],\"data_offsets\":[0,4]}}";
    assertBroken(raw(header, 4), "tensor a has dtype " + dtype + ",", "F32, F16, BF16");
  }

  @Test
  void aHeaderOfAnotherFormIsRefused() throws IOException {
    List<String> headers =
        List.of(
            "[]",
            "nonsense",
            "{\"a\":1}",
            "{\"a\":{}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4,8]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":{},\"data_offsets\":[0,4]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4],\"x\":1}}",
            "{\"a\":" + entry("[]", 0, 4) + ",\"a\":" + entry("[]", 0, 4) + "}",
            "{\"a\":" + entry("[]", 0, 4) + "} {}",
            "{\"__metadata__\":{},\"__metadata__\":{},\"a\":" + entry("[]", 0, 4) + "}",
            "{\"__metadata__\":{\"k\":[1]},\"a\":" + entry("[]", 0, 4) + "}",
            "[".repeat(100_000));
    for (String header : headers) {
      assertBroken(raw(header, 4));
    }
    assertBroken(raw("{\"a\":" + entry("[]", 0, 4) + ",\"\u0000", 4));
  }

  @Test
  void aMissingFileOrADirectoryIsAUserError() {
    assertBroken(file(), "missing");
    assertThatThrownBy(() -> Safetensors.open(directory)).isInstanceOf(UserError.class);
  }
}
