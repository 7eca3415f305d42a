package dev.sponge.rl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.UserError;
import dev.sponge.rl.tensor.TorchEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CriticTest {
  @TempDir private Path dir;
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = TorchEngine.newManager(Device.cpu());
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private Critic fresh(boolean tied) {
    Weights policy =
        Weights.random(TinyModels.builder().tieWordEmbeddings(tied).build(), 3, manager);
    return Critic.fresh(policy, 7, 0.5, manager);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFreshCriticIsThePolicyWithoutAnOutputMatrix(boolean tied) {
    Weights policy =
        Weights.random(TinyModels.builder().tieWordEmbeddings(tied).build(), 3, manager);
    Critic critic = Critic.fresh(policy, 7, 0.5, manager);
    assertThat(critic.backbone().byName()).doesNotContainKey("lm_head.weight");
    assertThat(critic.backbone().byName()).hasSize(policy.byName().size() - (tied ? 0 : 1));
    critic
        .backbone()
        .byName()
        .forEach(
            (name, array) ->
                assertThat(array.toFloatArray()).isEqualTo(policy.get(name).toFloatArray()));
    assertThat(critic.head().byName().get("value_head.weight").getShape())
        .isEqualTo(new Shape(1, 8));
    assertThat(critic.head().byName().get("value_head.bias").toFloatArray()).containsExactly(0f);
  }

  @Test
  void theHeadDependsOnItsSeedAlone() {
    ModelConfig config = TinyModels.builder().build();
    float[] first = weight(ValueHead.random(config, 7, 0.5, manager));
    assertThat(weight(ValueHead.random(config, 7, 0.5, manager))).isEqualTo(first);
    assertThat(weight(ValueHead.random(config, 8, 0.5, manager))).isNotEqualTo(first);
    assertThat(weight(ValueHead.random(config, 7, 0, manager))).containsOnly(0f);
  }

  private static float[] weight(ValueHead head) {
    return head.byName().get("value_head.weight").toFloatArray();
  }

  @Test
  void whatIsSavedIsLoadedAgain() {
    Critic critic = fresh(false);
    critic.save(dir);
    Critic again = Critic.load(dir, manager);
    assertThat(again.backbone().config()).isEqualTo(critic.backbone().config());
    assertThat(again.backbone().sha256()).isEqualTo(critic.backbone().sha256());
    assertThat(weight(again.head())).isEqualTo(weight(critic.head()));
  }

  @Test
  void savingTwiceGivesTheSameBytes() throws IOException {
    fresh(true).save(dir.resolve("a"));
    fresh(true).save(dir.resolve("b"));
    for (String name :
        new String[] {"config.json", "model.safetensors", "value_head.safetensors"}) {
      assertThat(dir.resolve("a").resolve(name))
          .hasSameBinaryContentAs(dir.resolve("b").resolve(name));
    }
  }

  private void writeHead(Map<String, Shape> shapes, float value) {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    shapes.forEach((name, shape) -> arrays.put(name, manager.ones(shape).mul(value)));
    Safetensors.write(dir.resolve(ValueHead.FILE_NAME), arrays);
  }

  private void assertRefused(String... parts) {
    assertThatThrownBy(() -> Critic.load(dir, manager))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(ValueHead.FILE_NAME)
        .hasMessageContainingAll(parts);
  }

  @Test
  void aHeadThatDoesNotFitIsAnErrorWithFileAndTensor() throws IOException {
    fresh(true).save(dir);
    Shape bias = new Shape(1);
    writeHead(Map.of("value_head.weight", new Shape(1, 9), "value_head.bias", bias), 1);
    assertRefused("value_head.weight", "(1, 9)", "(1, 8)");
    Shape weight = new Shape(1, 8);
    writeHead(Map.of("value_head.weight", weight, "value_head.bias", new Shape(2)), 1);
    assertRefused("value_head.bias", "(2)", "(1)");
    writeHead(Map.of("value_head.weight", weight), 1);
    assertRefused("lacks tensor value_head.bias");
    writeHead(
        Map.of("value_head.weight", weight, "value_head.bias", bias, "score.weight", weight), 1);
    assertRefused("holds tensor score.weight");
    writeHead(Map.of("value_head.weight", weight, "value_head.bias", bias), Float.NaN);
    assertRefused("NaN");
    Files.delete(dir.resolve(ValueHead.FILE_NAME));
    assertRefused(dir.toString());
  }
}
