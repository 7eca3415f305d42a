package dev.sponge.rl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelTensorsTest {
  private static final String ONE = "model-00001-of-00002.safetensors";
  private static final String TWO = "model-00002-of-00002.safetensors";

  @TempDir Path root;
  private Path dir;

  private static TensorSource tensor(String name) {
    return new TensorSource(name, new Shape(1), () -> FloatBuffer.wrap(new float[] {1}));
  }

  /** Tensor a in shard 1, b in shard 2. */
  @BeforeEach
  void writeShards() {
    dir = root.resolve("model");
    ModelFiles.write(dir, List.of(tensor("a"), tensor("b")), 4);
  }

  private void index(String text) throws IOException {
    Files.writeString(dir.resolve(ShardIndex.FILE_NAME), text);
  }

  private void map(String entries) throws IOException {
    index("{\"metadata\":{\"total_size\":8},\"weight_map\":{" + entries + "}}");
  }

  private void shard(String file, TensorSource... tensors) {
    Safetensors.writeFloats(dir.resolve(file), List.of(tensors), WeightDtype.F32);
  }

  private static String in(String tensor, String file) {
    return "\"" + tensor + "\":\"" + file + "\"";
  }

  private void assertRefused(String... parts) {
    assertThatThrownBy(() -> ModelTensors.open(dir).close())
        .isInstanceOf(UserError.class)
        .satisfies(error -> assertThat(List.of(parts)).allMatch(error.getMessage()::contains));
  }

  @Test
  void whatIsWholeIsOpened() {
    ModelTensors.open(dir).close();
  }

  @Test
  void indexAndShardsMustAgree() throws IOException {
    map(in("a", ONE));
    ModelTensors.open(dir).close();
    map(in("a", ONE) + "," + in("b", ONE));
    assertRefused("tensor b", ONE, "does not hold it");
    map(in("a", ONE) + "," + in("b", TWO) + "," + in("c", TWO));
    assertRefused("tensor c", TWO, "does not hold it");
    map(in("a", ONE) + "," + in("b", TWO));
    shard(TWO, tensor("b"), tensor("c"));
    assertRefused(TWO + " holds tensor c", ShardIndex.FILE_NAME, "does not list");
    shard(TWO, tensor("b"), tensor("a"));
    assertRefused("tensor a is in two shards", ONE, TWO);
  }

  @Test
  void aMissingOrDamagedShardIsNamed() throws IOException {
    Files.write(dir.resolve(TWO), new byte[5]);
    assertRefused(TWO, "not a whole safetensors file");
    Files.delete(dir.resolve(TWO));
    assertRefused(TWO + " is missing", "tensor b");
  }

  @Test
  void noFileOutsideTheDirectoryIsOpened() throws IOException {
    Files.copy(dir.resolve(ONE), root.resolve(ONE));
    for (String name :
        List.of(
            "../" + ONE,
            "..\\\\" + ONE,
            root.resolve(ONE).toString(),
            "./" + ONE,
            ".hidden.safetensors",
            "C:x.safetensors",
            "a\\u0000.safetensors",
            "a\\n.safetensors",
            "model.bin",
            "")) {
      map(in("a", name));
      assertRefused(ShardIndex.FILE_NAME, "tensor a", "no plain .safetensors file name");
    }
  }

  @Test
  void aNameThatAppearsTwiceIsRefused() throws IOException {
    map(in("a", ONE) + "," + in("a", TWO));
    assertRefused("names tensor a twice");
    String entry = "\"weight_map\":{" + in("a", ONE) + "}";
    index("{" + entry + "," + entry + "}");
    assertRefused("two weight_map");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{} {}",
        "nonsense",
        "{\"weight_map\":{}}",
        "{\"weight_map\":[]}",
        "{\"weight_map\":{\"a\":1}}",
        "{\"weight_map\":{\"a\":{}}}",
        "{\"weight_map\":null}"
      })
  void anIndexOfAnotherFormIsRefused(String text) throws IOException {
    index(text);
    assertRefused(ShardIndex.FILE_NAME);
    index("{\"a\":" + "[".repeat(100_000));
    assertRefused(ShardIndex.FILE_NAME);
  }

  @Test
  void theSingleFileComesBeforeTheIndexAsInTransformers() throws IOException {
    shard(ModelFiles.FILE_NAME, tensor("c"));
    index("broken");
    ModelTensors.open(dir).close();
  }
}
