package dev.sponge.rl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonParser;
import dev.sponge.rl.Fixture;
import dev.sponge.rl.UserError;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.text.TinyTokenizer;
import dev.sponge.rl.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
  void aTokenizerThatDoesNotFitIsRefusedBeforeAnythingIsWritten() throws IOException {
    assertThatThrownBy(() -> save(TinyModels.builder().vocabSize(15).build()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("ids up to 15")
        .hasMessageContaining("vocab_size = 15");
    Files.writeString(tokenizerDir.resolve("generation_config.json"), "{\"eos_token_id\":[1,16]}");
    assertThatThrownBy(() -> save(TinyModels.builder().build()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("generation_config.json")
        .hasMessageContaining("eos_token_id = 16")
        .hasMessageContaining("vocab_size = 16");
    assertThat(dir).doesNotExist();
  }

  @Test
  void allEndTokensOfADirectoryCountEachOnceInAStableOrder() throws IOException {
    save(TinyModels.builder().specialTokens(2, 0).build());
    Path generation = dir.resolve("generation_config.json");
    assertThat(HfModelDirectory.endTokenIds(dir)).containsExactly(2, 1);
    Files.writeString(generation, "{\"eos_token_id\":[7,1,5]}");
    assertThat(HfModelDirectory.endTokenIds(dir)).containsExactly(7, 1, 5, 2);
    Files.writeString(generation, "{\"eos_token_id\":9}");
    assertThat(HfModelDirectory.endTokenIds(dir)).containsExactly(9, 2, 1);
    for (String none : new String[] {"{}", "{\"eos_token_id\":null}", "{\"eos_token_id\":[]}"}) {
      Files.writeString(generation, none);
      assertThat(HfModelDirectory.endTokenIds(dir)).containsExactly(2, 1);
    }
    Files.delete(generation);
    assertThat(HfModelDirectory.endTokenIds(dir)).containsExactly(2, 1);
  }

  @Test
  void anEndTokenThatIsNoTokenIsNamed() throws IOException {
    save(TinyModels.builder().build());
    for (String value :
        new String[] {"16", "-1", "[1,16]", "1.5", "\"x\"", "{}", "[[1]]", "true"}) {
      Files.writeString(dir.resolve("generation_config.json"), "{\"eos_token_id\":" + value + "}");
      assertThatThrownBy(() -> HfModelDirectory.check(dir))
          .as(value)
          .isInstanceOf(UserError.class)
          .hasMessageContaining("generation_config.json: eos_token_id = ");
    }
  }

  @Test
  void theModelPadsWhenTheTokenizerDoesNot() throws IOException {
    for (String name : new String[] {"tokenizer_config.json", "special_tokens_map.json"}) {
      Path file = tokenizerDir.resolve(name);
      Files.writeString(file, Files.readString(file).replace("\"pad_token\":\"<pad>\"", "\"x\":1"));
    }
    save(TinyModels.builder().specialTokens(1, 3).bosTokenId(4).build());
    try (Tokenizer tokenizer = HfModelDirectory.loadTokenizer(dir)) {
      assertThat(tokenizer.padId()).isEqualTo(3);
      assertThat(tokenizer.bosId()).hasValue(4);
    }
  }

  @Test
  void whatTheHubPutsBesideTheWeightsIsCarriedOver() throws IOException {
    List<String> names =
        List.of(
            "added_tokens.json",
            "chat_template.jinja",
            "generation_config.json",
            "merges.txt",
            "special_tokens_map.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "vocab.json");
    for (String name : names) {
      Path file = tokenizerDir.resolve(name);
      if (!Files.exists(file)) {
        Files.writeString(file, "{ \"of\" : \"" + name + "\" }\r\n");
      }
    }
    save(TinyModels.builder().build());
    for (String name : names) {
      assertThat(dir.resolve(name)).hasSameBinaryContentAs(tokenizerDir.resolve(name));
    }
    HfModelDirectory.save(root.resolve("again"), HfModelDirectory.load(dir, manager), dir);
    assertThat(Manifest.write(root.resolve("again"))).isEqualTo(Manifest.write(dir));
    Files.delete(tokenizerDir.resolve("chat_template.jinja"));
    save(TinyModels.builder().build());
    assertThat(dir.resolve("chat_template.jinja")).doesNotExist();
  }

  /** check_saved_models.py opens what this leaves in target/saved-models with transformers. */
  @Test
  void narrowAndShardedModelsAreSavedAndLoaded() throws IOException {
    Path models = Path.of("target", "saved-models");
    for (WeightDtype dtype : WeightDtype.values()) {
      for (long max : new long[] {ModelFiles.DEFAULT_MAX_SHARD_BYTES, 4000}) {
        String form = "float32".equals(dtype.torchName()) ? "sharded" : dtype.torchName();
        Path source = Fixture.directory().resolve("files").resolve(form);
        Path saved = models.resolve(form + (max == 4000 ? "-in-shards" : "-in-one"));
        try (Weights weights = HfModelDirectory.load(source, manager)) {
          HfModelDirectory.save(saved, weights, tokenizerDir, new ModelFiles.Format(dtype, max));
          assertThat(Files.exists(saved.resolve("model.safetensors"))).isEqualTo(max != 4000);
          assertThat(Files.readString(saved.resolve("config.json")))
              .contains("\"torch_dtype\": \"" + dtype.torchName() + "\"");
          try (Weights loaded = HfModelDirectory.load(saved, manager)) {
            assertThat(loaded.config()).isEqualTo(weights.config());
            assertThat(loaded.sha256()).isEqualTo(weights.sha256());
          }
        }
      }
    }
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
