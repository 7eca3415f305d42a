package dev.sponge.rl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonParser;
import dev.sponge.rl.UserError;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.text.TinyTokenizer;
import dev.sponge.rl.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HfModelDirectoryTest {
  @TempDir Path root;
  private NDManager manager;
  private Path tokenizerDir;
  private Path dir;

  @BeforeEach
  void open() throws IOException {
    manager = TorchEngine.newManager(Device.cpu());
    tokenizerDir = TinyTokenizer.write(root.resolve("tokenizer"));
    dir = root.resolve("model");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private Weights save(ModelConfig config) {
    Weights weights = Weights.random(config, 11, manager);
    HfModelDirectory.save(dir, weights, tokenizerDir);
    return weights;
  }

  @Test
  void whatIsSavedIsLoaded() {
    Weights weights = save(TinyModels.builder().tieWordEmbeddings(false).build());
    try (Weights loaded = HfModelDirectory.load(dir, manager);
        Tokenizer tokenizer = HfModelDirectory.loadTokenizer(dir)) {
      assertThat(loaded.config()).isEqualTo(weights.config());
      assertThat(loaded.sha256()).isEqualTo(weights.sha256());
      assertThat(tokenizer.encode("1+2")).containsExactly(4, 13, 5);
    }
    assertThat(HfModelDirectory.check(dir)).isEqualTo(weights.config());
  }

  @Test
  void theDirectoryHoldsTheFilesOfHuggingFaceAndNoLeftovers() throws IOException {
    save(TinyModels.builder().build());
    try (Stream<Path> files = Files.list(dir)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "config.json",
              "generation_config.json",
              "model.safetensors",
              "special_tokens_map.json",
              "tokenizer.json",
              "tokenizer_config.json");
    }
    String generation = Files.readString(dir.resolve("generation_config.json"));
    assertThat(JsonParser.parseString(generation).getAsJsonObject().get("eos_token_id").getAsInt())
        .isEqualTo(1);
    assertThat(dir.resolve("tokenizer.json"))
        .hasSameBinaryContentAs(tokenizerDir.resolve("tokenizer.json"));
  }

  @Test
  void savingTwiceGivesEqualFiles() {
    save(TinyModels.builder().build());
    Manifest first = Manifest.write(dir);
    save(TinyModels.builder().build());
    assertThat(Manifest.write(dir)).isEqualTo(first);
  }

  @Test
  void theSpecialTokensMapIsOptional() throws IOException {
    Files.delete(tokenizerDir.resolve("special_tokens_map.json"));
    save(TinyModels.builder().build());
    assertThat(dir.resolve("special_tokens_map.json")).doesNotExist();
    HfModelDirectory.check(dir);
  }

  @Test
  void aTokenizerThatDoesNotFitIsRefusedBeforeAnythingIsWritten() {
    assertThatThrownBy(() -> save(TinyModels.builder().vocabSize(15).build()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("ids up to 15")
        .hasMessageContaining("vocab_size = 15");
    assertThatThrownBy(() -> save(TinyModels.builder().specialTokens(2, 0).build()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("eos_token id 1")
        .hasMessageContaining("eos_token_id = 2");
    assertThatThrownBy(() -> save(TinyModels.builder().specialTokens(1, 2).build()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("pad_token_id = 2");
    assertThat(dir).doesNotExist();
  }

  @Test
  void aLargerEmbeddingThanTheVocabularyFits() {
    save(TinyModels.builder().vocabSize(64).build());
    assertThat(HfModelDirectory.check(dir).vocabSize()).isEqualTo(64);
  }

  @Test
  void checkingFindsWhateverIsMissingOrDoesNotFit() throws IOException {
    assertThatThrownBy(() -> HfModelDirectory.check(dir))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("does not exist");
    save(TinyModels.builder().build());
    Files.writeString(dir.resolve("config.json"), TinyModels.builder().layers(3).build().toJson());
    assertThatThrownBy(() -> HfModelDirectory.check(dir))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("lacks tensor model.layers.2.input_layernorm.weight");
    for (String name : new String[] {"config.json", "model.safetensors", "tokenizer.json"}) {
      save(TinyModels.builder().build());
      Files.delete(dir.resolve(name));
      assertThatThrownBy(() -> HfModelDirectory.check(dir))
          .isInstanceOf(UserError.class)
          .hasMessageContaining(name);
    }
  }
}
