package dev.sponge.rl.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import dev.sponge.rl.UserError;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelSizesTest {
  private static final SpecialTokens TOKENS =
      new SpecialTokens(
          OptionalInt.of(1), 2, List.of(2, 5), OptionalInt.empty(), OptionalInt.empty());

  @TempDir Path directory;

  private final Map<String, Object> metadata = new LinkedHashMap<>();

  ModelSizesTest() {
    metadata.put("general.architecture", "llama");
    metadata.put("llama.block_count", 1);
    metadata.put("llama.context_length", 128);
    metadata.put("llama.embedding_length", 32);
    metadata.put("llama.feed_forward_length", 64);
    metadata.put("llama.attention.head_count", 4);
    metadata.put("llama.attention.layer_norm_rms_epsilon", 1e-6f);
  }

  private <T> T read(Function<GgufFile, T> use) {
    GgufBytes bytes = GgufBytes.start(3, 1, metadata.size());
    metadata.forEach(
        (key, value) -> {
          if (value instanceof String text) {
            bytes.key(key, GgufBytes.STRING).string(text);
          } else if (value instanceof Float real) {
            bytes.key(key, GgufBytes.FLOAT32).float32(real);
          } else if (value instanceof Integer number) {
            bytes.key(key, GgufBytes.UINT32).int32(number);
          } else if (value instanceof int[] numbers) {
            bytes.key(key, GgufBytes.ARRAY).int32(GgufBytes.UINT32).int64(numbers.length);
            for (int number : numbers) {
              bytes.int32(number);
            }
          }
        });
    bytes.tensor("token_embd.weight", 0, 0, 32, 7).data(32 * 7 * 4);
    try (GgufFile file = GgufFile.open(bytes.write(directory))) {
      return use.apply(file);
    }
  }

  private ModelSizes sizes() {
    return read(file -> ModelSizes.of(file.header()));
  }

  private JsonObject config() {
    return read(
        file -> {
          ModelSizes sizes = ModelSizes.of(file.header());
          return ConfigFiles.config(sizes, RopeScalings.of(file, sizes), TOKENS);
        });
  }

  @Test
  void whatIsNotSaidTakesItsDefault() {
    ModelSizes sizes = sizes();
    assertThat(sizes.headSize()).isEqualTo(8);
    assertThat(sizes.keyValueHeads()).isEqualTo(4);
    assertThat(sizes.vocabulary()).isEqualTo(7);
    assertThat(sizes.ropeBase()).isEqualTo(10_000);
    assertThat(sizes.normEpsilon()).isEqualTo(1e-6);
    assertThat(sizes.tiedEmbeddings()).isTrue();
    assertThat(sizes.slidingWindow()).isEmpty();
    assertThat(config().get("rope_scaling").isJsonNull()).isTrue();
  }

  @Test
  void aSizePerLayerIsOneSizeWhenAllAreEqual() {
    metadata.put("llama.attention.head_count_kv", new int[] {2, 2});
    assertThat(sizes().keyValueHeads()).isEqualTo(2);
    metadata.put("llama.attention.head_count_kv", new int[] {2, 4});
    assertThatThrownBy(this::sizes).hasMessageContaining("head_count_kv differs between layers");
  }

  @Test
  void aWindowShorterThanTheContextMakesItMistral() {
    metadata.put("llama.attention.sliding_window", 64);
    assertThat(config().get("model_type").getAsString()).isEqualTo("mistral");
    assertThat(config().get("sliding_window").getAsInt()).isEqualTo(64);
    metadata.put("llama.attention.sliding_window", 128);
    assertThat(config().get("model_type").getAsString()).isEqualTo("llama");
    assertThat(config().has("sliding_window")).isFalse();
  }

  @Test
  void linearScalingIsKept() {
    metadata.put("llama.rope.scaling.type", "linear");
    metadata.put("llama.rope.scaling.factor", 2.5f);
    assertThat(config().getAsJsonObject("rope_scaling").toString())
        .isEqualTo("{\"rope_type\":\"linear\",\"factor\":2.5}");
  }

  @Test
  void everyTokenThatEndsAResponseIsListed() {
    assertThat(ConfigFiles.generationConfig(TOKENS).toString())
        .isEqualTo("{\"bos_token_id\":1,\"eos_token_id\":[2,5]}");
  }

  @ParameterizedTest
  @CsvSource({
    "llama.block_count, 0, must be at least 1",
    "llama.block_count, 1000, but there are 1 tensors",
    "llama.attention.head_count, 0, must be at least 1",
    "llama.attention.head_count, 5, does not divide 32",
    "llama.attention.head_count_kv, 3, does not divide 4",
    "llama.attention.key_length, 7, must be even",
    "llama.attention.value_length, 16, differs from the head size 8",
    "llama.rope.dimension_count, 4, differs from the head size 8",
    "llama.expert_count, 8, mixtures of experts are not supported",
    "llama.embedding_length, -1, out of range",
  })
  void whatCannotBeIsRefusedByKey(String key, int value, String reason) {
    metadata.put(key, value);
    assertThatThrownBy(this::sizes)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("test.gguf: " + key + " ")
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource({"llama.context_length", "llama.attention.layer_norm_rms_epsilon"})
  void whatIsMissingIsRefusedByKey(String key) {
    metadata.remove(key);
    assertThatThrownBy(this::sizes).isInstanceOf(UserError.class).hasMessageContaining(key);
  }

  @Test
  void otherScalingsAreRefused() {
    metadata.put("llama.rope.scaling.type", "yarn");
    assertThatThrownBy(this::config)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("llama.rope.scaling.type = \"yarn\" is not supported");
    metadata.put("llama.rope.scaling.type", "linear");
    metadata.put("llama.rope.scaling.factor", 0.5f);
    assertThatThrownBy(this::config).hasMessageContaining("must be at least 1");
  }

  @Test
  void tokensBeyondTheVocabularyAreRefused() {
    metadata.put("tokenizer.ggml.eos_token_id", 7);
    assertThatThrownBy(() -> read(file -> SpecialTokens.of(file.header().metadata(), 7)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("tokenizer.ggml.eos_token_id = 7 is beyond the vocabulary of 7");
    metadata.remove("tokenizer.ggml.eos_token_id");
    assertThatThrownBy(() -> read(file -> SpecialTokens.of(file.header().metadata(), 7)))
        .hasMessageContaining("eos_token_id is missing");
  }
}
