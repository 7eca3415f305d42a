package dev.sponge.rl.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.Fixture;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufHeaderReaderTest {
  private static final int F32 = 0;
  private static final int Q4_0 = 2;
  private static final int Q2_K = 10;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void readsWhatWasWritten(int version) {
    Path file =
        GgufBytes.start(version, 2, 3)
            .key("a.number", GgufBytes.UINT32)
            .int32(7)
            .key("a.text", GgufBytes.STRING)
            .string("häß")
            .key("some.texts", GgufBytes.ARRAY)
            .int32(GgufBytes.STRING)
            .int64(2)
            .string("x")
            .string("")
            .tensor("matrix", F32, 0, 3, 2)
            .tensor("packed", Q4_0, 32, 64)
            .data(32 + 36)
            .write(directory);
    try (GgufFile opened = GgufFile.open(file)) {
      GgufMetadata metadata = opened.header().metadata();
      assertThat(metadata.natural("a.number")).hasValue(7);
      assertThat(metadata.text("a.text")).hasValue("häß");
      assertThat(metadata.texts("some.texts")).containsExactly("x", "");
      assertThat(metadata.natural("none")).isEmpty();
      GgufTensor matrix = opened.header().tensors().get("matrix");
      assertThat(matrix.shape()).containsExactly(2L, 3L);
      assertThat(matrix.bytes()).isEqualTo(24);
      GgufTensor packed = opened.header().tensors().get("packed");
      assertThat(packed.position()).isEqualTo(matrix.position() + 32);
      assertThat(packed.bytes()).isEqualTo(36);
      assertThat(packed.elements()).isEqualTo(64);
    }
  }

  static Stream<Arguments> broken() {
    long much = 10_000_000_000_000L;
    return Stream.of(
        Arguments.of(GgufBytes.start(1, 0, 0), "GGUF version 1"),
        Arguments.of(GgufBytes.start(3 << 24, 0, 0), "big-endian"),
        Arguments.of(GgufBytes.start(3, much, 0), "10000000000000 tensors"),
        Arguments.of(GgufBytes.start(3, 0, -1), "18446744073709551615 metadata pairs"),
        Arguments.of(pair().key("k", GgufBytes.STRING).int64(much), "key k needs"),
        Arguments.of(pair().key("k", GgufBytes.STRING).int64(-1), "key k needs"),
        Arguments.of(pair().key("k", 13).int64(0), "unknown value type 13"),
        Arguments.of(pair().int64(70_000).data(80_000), "has 70000 bytes"),
        Arguments.of(
            pair().key("k", GgufBytes.ARRAY).int32(GgufBytes.FLOAT32).int64(much).data(64),
            "key k claims 10000000000000 elements"),
        Arguments.of(
            pair().key("k", GgufBytes.ARRAY).int32(GgufBytes.STRING).int64(2).string("a").int64(99),
            "key k needs 99 bytes"),
        Arguments.of(nested(5), "nests arrays more than 4 deep"),
        Arguments.of(
            GgufBytes.start(3, 0, 2)
                .key("k", GgufBytes.UINT32)
                .int32(1)
                .key("k", GgufBytes.UINT32)
                .int32(1),
            "key k stands there twice"),
        Arguments.of(
            pair().key("general.alignment", GgufBytes.UINT32).int32(24),
            "general.alignment = 24 must be a power of two"),
        Arguments.of(one("t", Q2_K, 0, 256), "tensor t has type Q2_K"),
        Arguments.of(one("t", 77, 0, 256), "tensor t has type number 77"),
        Arguments.of(one("t", F32, 0), "tensor t has 0 dimensions"),
        Arguments.of(one("t", F32, 0, 1, 1, 1, 1, 1), "tensor t has 5 dimensions"),
        Arguments.of(one("t", F32, 0, 4, 0), "tensor t has shape [0, 4]"),
        Arguments.of(one("t", F32, 0, 1L << 33, 1L << 33), "tensor t has shape"),
        Arguments.of(one("t", Q4_0, 0, 33), "no multiple of 32"),
        Arguments.of(one("t", F32, 64, 8), "tensor t takes 32 bytes from offset 64"),
        Arguments.of(one("t", F32, -32, 8), "tensor t takes 32 bytes"),
        Arguments.of(one("t", F32, Long.MAX_VALUE - 31, 8), "tensor t takes 32 bytes"),
        Arguments.of(one("t", F32, 0, 17), "tensor t takes 68 bytes"),
        Arguments.of(one("t", F32, 4, 8), "is not aligned to 32"),
        Arguments.of(two("t", 0, "u", 0), "tensors t and u overlap"),
        Arguments.of(two("u", 32, "t", 0), "tensors t and u overlap"),
        Arguments.of(two("t", 0, "t", 32), "overlap|tensor t stands there twice"));
  }

  private static GgufBytes pair() {
    return GgufBytes.start(3, 0, 1);
  }

  private static GgufBytes nested(int depth) {
    GgufBytes file = pair().key("k", GgufBytes.ARRAY);
    for (int i = 1; i < depth; i++) {
      file.int32(GgufBytes.ARRAY).int64(1);
    }
    return file.int32(GgufBytes.UINT32).int64(0);
  }

  private static GgufBytes one(String name, int type, long offset, long... sizes) {
    return GgufBytes.start(3, 1, 0).tensor(name, type, offset, sizes).data(64);
  }

  private static GgufBytes two(String first, long offset, String second, long otherOffset) {
    return GgufBytes.start(3, 2, 0)
        .tensor(first, F32, offset, 16)
        .tensor(second, F32, otherOffset, 16)
        .data(128);
  }

  @ParameterizedTest
  @MethodSource("broken")
  void aLyingHeaderIsRefusedByName(GgufBytes bytes, String reason) {
    Path file = bytes.write(directory);
    assertThatThrownBy(() -> GgufFile.open(file))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(file.toString())
        .hasMessageMatching("(?s).*(" + quoted(reason) + ").*");
  }

  private static String quoted(String reason) {
    return String.join(
        "|", Arrays.stream(reason.split("\\|")).map(java.util.regex.Pattern::quote).toList());
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(Fixture.directory().resolve("gguf/qwen3.gguf"));
    Path file = directory.resolve("cut.gguf");
    // Headers are dense; in the data one cut is as good as another.
    for (int length = 0; length < whole.length; length += length < 4000 ? 37 : 1009) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> GgufFile.open(file)).isInstanceOf(UserError.class);
    }
  }

  @Test
  void missingFilesAndOtherFormatsAreRefused() throws IOException {
    Path other = Files.writeString(directory.resolve("a.gguf"), "{\"not\": \"gguf\"}");
    assertThatThrownBy(() -> GgufFile.open(other)).hasMessageContaining("is no GGUF file");
    Path missing = directory.resolve("missing.gguf");
    assertThatThrownBy(() -> GgufFile.open(missing)).hasMessageContaining("is missing");
    assertThatThrownBy(() -> GgufFile.open(directory)).isInstanceOf(UserError.class);
  }

  @Test
  void valuesOfAnotherTypeAreRefusedByKey() {
    Path file =
        GgufBytes.start(3, 0, 3)
            .key("number", GgufBytes.UINT32)
            .int32(-1)
            .key("real", GgufBytes.FLOAT32)
            .float32(Float.NaN)
            .key("text", GgufBytes.STRING)
            .string("x")
            .write(directory);
    try (GgufFile opened = GgufFile.open(file)) {
      GgufMetadata metadata = opened.header().metadata();
      List.<Runnable>of(
              () -> metadata.natural("number"),
              () -> metadata.text("number"),
              () -> metadata.flag("number"),
              () -> metadata.texts("number"))
          .forEach(
              read ->
                  assertThatThrownBy(read::run)
                      .isInstanceOf(UserError.class)
                      .hasMessageContaining("number"));
      assertThatThrownBy(() -> metadata.real("real")).hasMessageContaining("finite");
      assertThatThrownBy(() -> metadata.natural("text")).hasMessageContaining("no integer");
      assertThatThrownBy(() -> metadata.requiredText("other")).hasMessageContaining("is missing");
    }
  }
}
