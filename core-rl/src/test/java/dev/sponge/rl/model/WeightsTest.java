package dev.sponge.rl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.Fixture;
import dev.sponge.rl.UserError;
import dev.sponge.rl.tensor.TorchEngine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightsTest {
  private static final ModelConfig TIED = TinyModels.builder().build();

  @TempDir Path directory;
  private NDManager manager;

  @BeforeEach
  void openManager() {
    manager = TorchEngine.newManager(Device.cpu());
  }

  @AfterEach
  void closeManager() {
    manager.close();
  }

  private void writeModel(ModelConfig config, Map<String, NDArray> tensors) throws IOException {
    Files.writeString(directory.resolve("config.json"), config.toJson());
    Safetensors.write(directory.resolve("model.safetensors"), tensors);
  }

  @Test
  void randomWeightsDependOnTheSeedAlone() {
    try (Weights one = Weights.random(TIED, 7, manager);
        Weights same = Weights.random(TIED, 7, manager);
        Weights other = Weights.random(TIED, 8, manager)) {
      assertThat(same.sha256()).isEqualTo(one.sha256());
      assertThat(other.sha256()).isNotEqualTo(one.sha256());
    }
  }

  @Test
  void randomMatricesAreGaussianNormsOneAndBiasesZero() {
    ModelConfig config = TinyModels.builder().vocabSize(4096).build();
    try (Weights weights = Weights.random(config, 3, manager)) {
      NDArray embedding = weights.get("model.embed_tokens.weight");
      assertThat(embedding.mean().getFloat()).isBetween(-0.001f, 0.001f);
      assertThat(embedding.square().mean().sqrt().getFloat()).isBetween(0.0195f, 0.0205f);
      assertThat(weights.get("model.layers.1.input_layernorm.weight").toFloatArray())
          .containsOnly(1f);
      assertThat(weights.get("model.norm.weight").toFloatArray()).containsOnly(1f);
      assertThat(weights.get("model.layers.0.self_attn.k_proj.bias").toFloatArray())
          .containsOnly(0f);
      assertThat(weights.get("model.layers.0.mlp.up_proj.weight").toFloatArray())
          .isNotEqualTo(weights.get("model.layers.1.mlp.up_proj.weight").toFloatArray());
    }
  }

  @Test
  void anotherStandardDeviationScalesTheMatrices() {
    try (Weights small = Weights.random(TIED, 3, 0.02f, manager);
        Weights large = Weights.random(TIED, 3, 0.04f, manager)) {
      NDArray ratio = large.tensors().get(0).div(small.tensors().get(0));
      assertThat(ratio.min().getFloat()).isBetween(1.9999f, 2.0001f);
      assertThat(ratio.max().getFloat()).isBetween(1.9999f, 2.0001f);
    }
  }

  @Test
  void theEmbeddingHasAStandardDeviationOfItsOwn() {
    ModelConfig config = TinyModels.builder().tieWordEmbeddings(false).build();
    try (Weights unit = Weights.random(config, 3, 1f, manager);
        Weights weights = Weights.random(config, 3, new InitialStd(0.25f, 2f), manager)) {
      for (String name : config.parameterShapes().keySet()) {
        boolean matrix = name.endsWith(".weight") && !name.endsWith("norm.weight");
        float std = name.equals("model.embed_tokens.weight") ? 0.25f : matrix ? 2f : 1f;
        assertThat(weights.get(name).toFloatArray())
            .as(name)
            .isEqualTo(unit.get(name).mul(std).toFloatArray());
      }
    }
  }

  @Test
  void aStandardDeviationOutOfRangeNamesTheKey() {
    assertThatThrownBy(() -> new InitialStd(0, 1))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("model.embedding_std is 0.0");
    assertThatThrownBy(() -> new InitialStd(1, Float.NaN))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("model.linear_std is NaN");
  }

  @Test
  void tensorsFollowTheOrderOfTheShapes() {
    for (boolean tied : new boolean[] {true, false}) {
      ModelConfig config = TinyModels.builder().tieWordEmbeddings(tied).build();
      try (Weights weights = Weights.random(config, 1, manager)) {
        List<Shape> expected = config.parameterShapes().values().stream().map(Shape::new).toList();
        assertThat(weights.tensors().stream().map(NDArray::getShape).toList()).isEqualTo(expected);
        assertThat(weights.byName().keySet())
            .containsExactlyElementsOf(config.parameterShapes().keySet());
        assertThat(weights.tensors().stream().mapToLong(NDArray::size).sum())
            .isEqualTo(weights.numParameters());
      }
    }
  }

  @Test
  void theChecksumIsThatOfTheLittleEndianFloats() throws Exception {
    try (Weights weights = Weights.random(TIED, 5, manager)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (NDArray tensor : weights.tensors()) {
        for (float value : tensor.toFloatArray()) {
          digest.update(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, value));
        }
      }
      assertThat(weights.sha256()).isEqualTo(HexFormat.of().formatHex(digest.digest()));
    }
  }

  @Test
  void loadedWeightsEqualTheSavedOnes() throws IOException {
    try (Weights weights = Weights.random(TIED, 5, manager)) {
      writeModel(TIED, weights.byName());
      try (Weights loaded = Weights.load(directory, manager)) {
        assertThat(loaded.config()).isEqualTo(TIED);
        assertThat(loaded.sha256()).isEqualTo(weights.sha256());
      }
    }
  }

  @Test
  void loadedWeightsDoNotDependOnTheFile() throws IOException {
    try (Weights weights = Weights.random(TIED, 5, manager)) {
      writeModel(TIED, weights.byName());
      try (Weights loaded = Weights.load(directory, manager)) {
        Path file = directory.resolve("model.safetensors");
        Files.write(file, new byte[(int) Files.size(file)]);
        assertThat(loaded.sha256()).isEqualTo(weights.sha256());
      }
    }
  }

  @Test
  void aCopyIsIndependentOfItsSourceAndOutsideAutograd() {
    try (Weights weights = Weights.random(TIED, 5, manager)) {
      List<NDArray> trained = new ArrayList<>();
      weights.tensors().forEach(tensor -> trained.add(tensor.duplicate()));
      trained.get(0).setRequiresGradient(true);
      try (Weights copy = Weights.copyOf(TIED, trained, manager)) {
        String before = copy.sha256();
        assertThat(before).isEqualTo(weights.sha256());
        assertThat(copy.tensors().get(0).hasGradient()).isFalse();
        trained.get(1).addi(1);
        try (Weights changed = Weights.copyOf(TIED, trained, manager);
            Weights again = Weights.copyOf(TIED, copy.tensors(), manager)) {
          assertThat(changed.sha256()).isNotEqualTo(before);
          assertThat(again.sha256()).isEqualTo(before);
        }
      }
    }
  }

  @Test
  void aCopyRefusesArraysOfAnotherShape() {
    try (Weights weights = Weights.random(TIED, 5, manager)) {
      List<NDArray> tensors = new ArrayList<>(weights.tensors());
      tensors.set(0, tensors.get(0).transpose());
      assertThatThrownBy(() -> Weights.copyOf(TIED, tensors, manager))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("model.embed_tokens.weight")
          .hasMessageContaining("(8, 16)");
      assertThatThrownBy(() -> Weights.copyOf(TIED, tensors.subList(1, 4), manager))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("3 arrays for 26 parameters");
    }
  }

  @Test
  void closingFreesTheArraysAndLeavesNothingInTheParent() {
    int before = manager.getManagedArrays().size();
    Weights weights = Weights.random(TIED, 5, manager);
    Weights copy = Weights.copyOf(TIED, weights.tensors(), manager);
    NDArray first = copy.tensors().get(0);
    copy.close();
    weights.close();
    assertThat(first.isReleased()).isTrue();
    assertThat(manager.getManagedArrays()).hasSize(before);
  }

  @Test
  void aMissingExtraOrMisshapenTensorIsNamed() throws IOException {
    try (Weights weights = Weights.random(TIED, 5, manager)) {
      Map<String, NDArray> tensors = new LinkedHashMap<>(weights.byName());
      tensors.remove("model.norm.weight");
      writeModel(TIED, tensors);
      assertThatThrownBy(() -> Weights.load(directory, manager))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("lacks tensor model.norm.weight");

      tensors.put("model.norm.weight", manager.ones(new Shape(9)));
      writeModel(TIED, tensors);
      assertThatThrownBy(() -> Weights.load(directory, manager))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("model.norm.weight has shape (9)")
          .hasMessageContaining("asks for (8)");

      tensors.put("model.norm.weight", weights.get("model.norm.weight"));
      tensors.put("model.layers.0.self_attn.q_norm.weight", manager.ones(new Shape(4)));
      writeModel(TIED, tensors);
      assertThatThrownBy(() -> Weights.load(directory, manager))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("model.safetensors holds tensor")
          .hasMessageContaining("layers.0.self_attn.q_norm.weight");
    }
  }

  @Test
  void aHeadBesideTiedEmbeddingsMustEqualThem() throws IOException {
    try (Weights weights = Weights.random(TIED, 5, manager)) {
      NDArray embedding = weights.get("model.embed_tokens.weight");
      Map<String, NDArray> tensors = new LinkedHashMap<>(weights.byName());
      tensors.put("lm_head.weight", embedding);
      writeModel(TIED, tensors);
      try (Weights loaded = Weights.load(directory, manager)) {
        assertThat(loaded.sha256()).isEqualTo(weights.sha256());
      }
      NDArray almost = embedding.duplicate();
      almost.get(new NDIndex("15:")).muli(1.001f);
      for (NDArray other : List.of(almost, embedding.reshape(8, 16))) {
        tensors.put("lm_head.weight", other);
        writeModel(TIED, tensors);
        assertThatThrownBy(() -> Weights.load(directory, manager))
            .isInstanceOf(UserError.class)
            .hasMessageContaining("lm_head.weight differs from model.embed_tokens.weight")
            .hasMessageContaining("tie_word_embeddings");
      }
    }
  }

  @Test
  void theRotaryConstantsOfOldFilesAreIgnored() throws IOException {
    try (Weights weights = Weights.random(TIED, 5, manager)) {
      Map<String, NDArray> tensors = new LinkedHashMap<>(weights.byName());
      tensors.put("model.layers.1.self_attn.rotary_emb.inv_freq", manager.ones(new Shape(2)));
      writeModel(TIED, tensors);
      try (Weights loaded = Weights.load(directory, manager)) {
        assertThat(loaded.sha256()).isEqualTo(weights.sha256());
      }
    }
  }

  @Test
  void whatIsNotFiniteIsNamed() throws IOException {
    try (Weights weights = Weights.random(TIED, 5, manager)) {
      Map<String, NDArray> tensors = new LinkedHashMap<>(weights.byName());
      for (float value :
          new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
        float[] norm = {1, 1, 1, 1, 1, value, 1, 1};
        tensors.put("model.norm.weight", manager.create(norm));
        writeModel(TIED, tensors);
        int before = manager.getManagedArrays().size();
        assertThatThrownBy(() -> Weights.load(directory, manager))
            .isInstanceOf(UserError.class)
            .hasMessageContaining(
                "model.safetensors: tensor model.norm.weight holds NaN or infinite values");
        assertThat(manager.getManagedArrays()).hasSize(before);
      }
    }
  }

  /** What transformers saved, against the values that it holds itself. */
  @ParameterizedTest
  @ValueSource(strings = {"bfloat16", "float16", "sharded"})
  void filesOfTransformersAreReadToTheBit(String form) {
    Path files = Fixture.directory().resolve("files").resolve(form);
    Fixture expected = Fixture.open("files/" + form + "/expected.safetensors");
    try (Weights weights = Weights.load(files, manager)) {
      assertThat(weights.byName()).hasSize(26);
      weights
          .byName()
          .forEach(
              (name, array) -> {
                assertThat(array.getDataType()).isEqualTo(DataType.FLOAT32);
                assertThat(bits(array.toFloatArray()))
                    .as(name)
                    .isEqualTo(bits(expected.floats(name)));
              });
    }
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  @Test
  void aMissingOrBrokenModelIsAUserError() throws IOException {
    assertThatThrownBy(() -> Weights.load(directory, manager))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("config.json");
    Files.writeString(directory.resolve("config.json"), TIED.toJson());
    assertThatThrownBy(() -> Weights.load(directory, manager))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("model.safetensors");
    Files.writeString(directory.resolve("model.safetensors.index.json"), "{}");
    assertThatThrownBy(() -> Weights.load(directory, manager))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("model.safetensors.index.json")
        .hasMessageContaining("no weight_map");
  }
}
