package dev.sponge.rl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import dev.sponge.rl.UserError;
import dev.sponge.rl.tensor.TorchEngine;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFilesTest {
  private static final String INDEX = "model.safetensors.index.json";

  @TempDir Path dir;

  private static TensorSource tensor(String name, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = i + 0.5f;
    }
    return new TensorSource(name, new Shape(size), () -> FloatBuffer.wrap(values));
  }

  private List<String> files() throws IOException {
    try (Stream<Path> paths = Files.list(dir)) {
      return paths.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private static String shard(int number, int count) {
    return "model-0000" + number + "-of-0000" + count + ".safetensors";
  }

  @Test
  void oneFileHoldsWhatFits() throws IOException {
    ModelFiles.write(dir, List.of(tensor("b", 2), tensor("a", 3)), 20);
    assertThat(files()).containsExactly("model.safetensors");
    try (Safetensors file = Safetensors.open(dir.resolve("model.safetensors"))) {
      assertThat(file.names()).containsExactly("b", "a");
    }
  }

  @Test
  void aboveTheLimitShardsAreFilledInOrderAndTheIndexNamesThem() throws IOException {
    // 8 + 12 bytes fill the first file, 40 exceed any, 4 + 16 fill the last.
    ModelFiles.write(
        dir,
        List.of(
            tensor("a", 2), tensor("b", 3), tensor("large", 10), tensor("c", 1), tensor("d", 4)),
        20);
    assertThat(files()).containsExactly(shard(1, 3), shard(2, 3), shard(3, 3), INDEX);
    JsonObject index = Json.readObject(dir.resolve(INDEX));
    assertThat(index.getAsJsonObject("metadata").get("total_size").getAsLong()).isEqualTo(80);
    assertThat(new ArrayList<>(index.getAsJsonObject("weight_map").asMap().keySet()))
        .containsExactly("a", "b", "large", "c", "d");
    assertThat(ShardIndex.read(dir.resolve(INDEX)).fileByTensor())
        .containsEntry("a", shard(1, 3))
        .containsEntry("b", shard(1, 3))
        .containsEntry("large", shard(2, 3))
        .containsEntry("c", shard(3, 3))
        .containsEntry("d", shard(3, 3));
    try (NDManager manager = TorchEngine.newManager(Device.cpu());
        ModelTensors read = ModelTensors.open(dir)) {
      assertThat(read.read("d", manager).toFloatArray()).containsExactly(0.5f, 1.5f, 2.5f, 3.5f);
    }
  }

  @Test
  void narrowValuesTakeHalfTheBytes() throws IOException {
    List<TensorSource> tensors = List.of(tensor("a", 4), tensor("b", 6));
    for (WeightDtype dtype : List.of(WeightDtype.BF16, WeightDtype.F16)) {
      ModelFiles.write(dir, tensors, new ModelFiles.Format(dtype, 20));
      assertThat(files()).containsExactly("model.safetensors");
      try (NDManager manager = TorchEngine.newManager(Device.cpu());
          Safetensors file = Safetensors.open(dir.resolve("model.safetensors"))) {
        assertThat(file.dtype("a")).isEqualTo(dtype);
        assertThat(file.read("b", manager).toFloatArray())
            .containsExactly(0.5f, 1.5f, 2.5f, 3.5f, 4.5f, 5.5f);
      }
    }
  }

  @Test
  void noFileOfAnEarlierSaveRemains() throws IOException {
    List<TensorSource> tensors = List.of(tensor("a", 1), tensor("b", 1), tensor("c", 1));
    Files.writeString(dir.resolve("config.json"), "{}");
    Files.writeString(dir.resolve("model-best.safetensors"), "of somebody else");
    List<String> kept = files();
    ModelFiles.write(dir, tensors, 4);
    ModelFiles.write(dir, tensors, 8);
    assertThat(files()).containsAll(kept).contains(shard(1, 2), shard(2, 2), INDEX).hasSize(5);
    ModelFiles.write(dir, tensors, 12);
    assertThat(files()).containsAll(kept).contains("model.safetensors").hasSize(3);
    ModelFiles.write(dir, tensors, 4);
    assertThat(files()).containsAll(kept).contains(shard(3, 3), INDEX).hasSize(6);
  }

  @Test
  void savingTwiceGivesEqualBytes() throws IOException {
    List<TensorSource> tensors = List.of(tensor("a", 3), tensor("b", 3));
    ModelFiles.write(dir, tensors, 12);
    Manifest first = Manifest.write(dir);
    ModelFiles.write(dir, tensors, 12);
    assertThat(Manifest.write(dir)).isEqualTo(first);
  }

  @Test
  void valuesAreMadeWhenTheirTurnComesAndOnce() throws IOException {
    List<String> made = new ArrayList<>();
    List<TensorSource> tensors = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      tensors.add(
          new TensorSource(
              name,
              new Shape(1),
              () -> {
                made.add(name);
                if (name.equals("c")) {
                  assertThat(dir.resolve(shard(1, 3))).exists();
                  assertThat(dir.resolve(INDEX)).doesNotExist();
                }
                return FloatBuffer.wrap(new float[] {1});
              }));
    }
    ModelFiles.write(dir, tensors, 4);
    assertThat(made).containsExactly("a", "b", "c");
    assertThat(dir.resolve(INDEX)).exists();
  }

  @Test
  void aBufferIsReadFromItsPositionAndPiecesAreJoined() {
    int size = (1 << 22) + 5;
    FloatBuffer values = FloatBuffer.allocate(size + 2);
    for (int i = 0; i < values.capacity(); i++) {
      values.put(i, i);
    }
    values.position(2);
    ModelFiles.write(
        dir, List.of(new TensorSource("a", new Shape(size), () -> values)), Long.MAX_VALUE);
    try (NDManager manager = TorchEngine.newManager(Device.cpu());
        Safetensors file = Safetensors.open(dir.resolve("model.safetensors"))) {
      assertThat((long) size * Float.BYTES).isGreaterThan(Safetensors.PIECE_BYTES);
      assertThat(file.read("a", manager).toFloatArray())
          .isEqualTo(java.util.Arrays.copyOfRange(values.array(), 2, size + 2));
    }
  }

  @Test
  void whatTheTypeCannotHoldIsRefusedAndNoModelIsLeft() throws IOException {
    TensorSource large =
        new TensorSource("huge", new Shape(1), () -> FloatBuffer.wrap(new float[] {70000}));
    ModelFiles.Format half = new ModelFiles.Format(WeightDtype.F16, 2);
    for (List<TensorSource> tensors : List.of(List.of(large), List.of(tensor("a", 1), large))) {
      assertThatThrownBy(() -> ModelFiles.write(dir, tensors, half))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("tensor huge")
          .hasMessageContaining("not finite in float16")
          .hasMessageContaining("bfloat16");
      assertThat(ModelFiles.exist(dir)).isFalse();
    }
  }

  @Test
  void twoTensorsOfOneNameAreRefused() {
    for (long max : new long[] {4, 100}) {
      assertThatThrownBy(() -> ModelFiles.write(dir, List.of(tensor("a", 1), tensor("a", 1)), max))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("two tensors are named a");
    }
    assertThat(ModelFiles.exist(dir)).isFalse();
  }
}
