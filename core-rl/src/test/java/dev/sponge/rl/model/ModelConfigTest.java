package dev.sponge.rl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelConfigTest {
  /** As published with Qwen2.5-0.5B. */
  private static final String QWEN =
      """
      {
        "architectures": ["Qwen2ForCausalLM"],
        "attention_dropout": 0.0,
        "bos_token_id": 151643,
        "eos_token_id": 151643,
        "hidden_act": "silu",
        "hidden_size": 896,
        "initializer_range": 0.02,
        "intermediate_size": 4864,
        "max_position_embeddings": 32768,
        "max_window_layers": 24,
        "model_type": "qwen2",
        "num_attention_heads": 14,
        "num_hidden_layers": 24,
        "num_key_value_heads": 2,
        "rms_norm_eps": 1e-06,
        "rope_theta": 1000000.0,
        "sliding_window": 32768,
        "tie_word_embeddings": true,
        "torch_dtype": "bfloat16",
        "transformers_version": "4.40.1",
        "use_cache": true,
        "use_mrope": false,
        "use_sliding_window": false,
        "vocab_size": 151936
      }
      """;

  @TempDir Path directory;

  private ModelConfig read(String json) throws IOException {
    return ModelConfig.read(Files.writeString(directory.resolve("config.json"), json));
  }

  private static String with(String key, String jsonValue) {
    JsonObject object = JsonParser.parseString(QWEN).getAsJsonObject();
    object.addProperty("use_sliding_window", key.equals("layer_types"));
    object.add(key, JsonParser.parseString(jsonValue));
    return object.toString();
  }

  @Test
  void aPublishedQwenConfigurationIsRead() throws IOException {
    ModelConfig config = read(QWEN);
    assertThat(config)
        .isEqualTo(
            new ModelConfig(
                Architecture.QWEN2,
                896,
                4864,
                24,
                14,
                2,
                64,
                151936,
                32768,
                1e6,
                new RopeScaling.None(),
                Optional.empty(),
                1e-6,
                true,
                true,
                List.of(151643),
                OptionalInt.empty(),
                OptionalInt.of(151643)));
    // The published count of Qwen2.5-0.5B.
    assertThat(config.numParameters()).isEqualTo(494_032_768L);
  }

  @Test
  void whatIsWrittenIsReadBack() throws IOException {
    ModelConfig plain = TinyModels.builder().build();
    ModelConfig special =
        TinyModels.builder()
            .headDim(6)
            .tieWordEmbeddings(false)
            .attentionBias(false)
            .ropeTheta(12345.5)
            .rmsNormEps(1e-5)
            .bosTokenId(3)
            .build();
    assertThat(read(plain.toJson())).isEqualTo(plain);
    assertThat(read(special.toJson())).isEqualTo(special);
    assertThat(plain.toJson())
        .contains("\"Qwen2ForCausalLM\"")
        .contains("\"torch_dtype\": \"float32\"");
  }

  @Test
  void theDefaultsOfTransformersFillTheGaps() throws IOException {
    JsonObject json = JsonParser.parseString(QWEN).getAsJsonObject();
    json.remove("rope_theta");
    json.remove("rms_norm_eps");
    json.remove("tie_word_embeddings");
    json.remove("architectures");
    ModelConfig config = read(json.toString());
    assertThat(config.ropeTheta()).isEqualTo(10_000);
    assertThat(config.rmsNormEps()).isEqualTo(1e-6);
    assertThat(config.tieWordEmbeddings()).isFalse();
    assertThat(config.headDim()).isEqualTo(64);
    assertThat(config.padTokenId()).isEqualTo(OptionalInt.empty());
  }

  @Test
  void theNestedRotaryThetaOfNewerFilesWins() throws IOException {
    String json = with("rope_parameters", "{\"rope_type\": \"default\", \"rope_theta\": 500000.0}");
    assertThat(read(json).ropeTheta()).isEqualTo(500_000);
    assertThatThrownBy(() -> read(with("rope_parameters", "{\"rope_type\": \"longrope\"}")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("longrope");
  }

  @Test
  void everyArchitectureScalingAndWindowIsReadBack() throws IOException {
    List<RopeScaling> scalings =
        List.of(
            new RopeScaling.None(),
            new RopeScaling.Linear(2),
            new RopeScaling.Llama3(8, 1, 4, 8192),
            new RopeScaling.Yarn(4, 1.1, 32, 1, 4096));
    for (Architecture architecture : Architecture.values()) {
      for (RopeScaling scaling : scalings) {
        ModelConfig full =
            TinyModels.builder().architecture(architecture).ropeScaling(scaling).build();
        assertThat(read(full.toJson())).isEqualTo(full);
      }
    }
    ModelConfig mistral =
        TinyModels.builder()
            .architecture(Architecture.MISTRAL)
            .slidingWindow(new ModelConfig.SlidingWindow(5, 0))
            .build();
    ModelConfig qwen =
        TinyModels.builder().slidingWindow(new ModelConfig.SlidingWindow(5, 1)).build();
    assertThat(read(mistral.toJson())).isEqualTo(mistral);
    assertThat(read(qwen.toJson())).isEqualTo(qwen);
  }

  @Test
  void severalEndTokensAreKept() throws IOException {
    ModelConfig config = read(with("eos_token_id", "[7, 9]"));
    assertThat(config.eosTokenIds()).containsExactly(7, 9);
    assertThat(read(config.toJson())).isEqualTo(config);
  }

  @Test
  void aListOfOneEndTokenIsThatToken() throws IOException {
    assertThat(read(with("eos_token_id", "[7]")).eosTokenId()).isEqualTo(7);
  }

  @Test
  void parameterShapesFollowTheNamesOfHuggingFace() {
    Map<String, long[]> shapes =
        TinyModels.builder()
            .layers(1)
            .headDim(6)
            .tieWordEmbeddings(false)
            .build()
            .parameterShapes();
    assertThat(shapes.keySet())
        .containsExactly(
            "model.embed_tokens.weight",
            "model.layers.0.input_layernorm.weight",
            "model.layers.0.self_attn.q_proj.weight",
            "model.layers.0.self_attn.q_proj.bias",
            "model.layers.0.self_attn.k_proj.weight",
            "model.layers.0.self_attn.k_proj.bias",
            "model.layers.0.self_attn.v_proj.weight",
            "model.layers.0.self_attn.v_proj.bias",
            "model.layers.0.self_attn.o_proj.weight",
            "model.layers.0.post_attention_layernorm.weight",
            "model.layers.0.mlp.gate_proj.weight",
            "model.layers.0.mlp.up_proj.weight",
            "model.layers.0.mlp.down_proj.weight",
            "model.norm.weight",
            "lm_head.weight");
    assertThat(shapes.get("model.layers.0.self_attn.q_proj.weight")).containsExactly(12, 8);
    assertThat(shapes.get("model.layers.0.self_attn.k_proj.weight")).containsExactly(6, 8);
    assertThat(shapes.get("model.layers.0.self_attn.v_proj.bias")).containsExactly(6);
    assertThat(shapes.get("model.layers.0.self_attn.o_proj.weight")).containsExactly(8, 12);
    assertThat(shapes.get("model.layers.0.mlp.down_proj.weight")).containsExactly(8, 12);
    assertThat(shapes.get("lm_head.weight")).containsExactly(16, 8);
  }

  @Test
  void withoutBiasAndUntiedHeadTheNamesAreGone() {
    assertThat(TinyModels.builder().attentionBias(false).build().parameterShapes().keySet())
        .noneMatch(name -> name.endsWith(".bias"))
        .doesNotContain("lm_head.weight")
        .hasSize(1 + 2 * 9 + 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hidden_size",
        "intermediate_size",
        "num_hidden_layers",
        "num_attention_heads",
        "vocab_size",
        "max_position_embeddings",
        "eos_token_id",
        "model_type"
      })
  void aMissingKeyIsNamedWithItsFile(String key) {
    JsonObject json = JsonParser.parseString(QWEN).getAsJsonObject();
    json.remove(key);
    assertThatThrownBy(() -> read(json.toString()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("config.json")
        .hasMessageContaining(key);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "hidden_size;0",
        "hidden_size;-896",
        "hidden_size;1.5",
        "hidden_size;1e300",
        "hidden_size;900",
        "hidden_size;\"896\"",
        "hidden_size;2147483647",
        "num_hidden_layers;2147483647",
        "num_attention_heads;0",
        "num_key_value_heads;3",
        "num_key_value_heads;28",
        "head_dim;63",
        "vocab_size;99999999999",
        "eos_token_id;151936",
        "eos_token_id;-1",
        "eos_token_id;[1, 151936]",
        "eos_token_id;[]",
        "pad_token_id;[1, 2]",
        "pad_token_id;151936",
        "rope_theta;0",
        "rope_theta;\"big\"",
        "rms_norm_eps;0",
        "tie_word_embeddings;1",
        "rope_scaling;{\"type\": \"yarn\"}",
        "quantization_config;{\"bits\": 4}",
        "hidden_act;\"gelu\"",
        "layer_types;[\"sliding_attention\", \"full_attention\"]",
        "mlp_bias;true",
        "architectures;[\"LlamaForCausalLM\"]",
        "model_type;\"llama\"",
      })
  void anImpossibleValueIsNamedWithItsFile(String key, String value) {
    assertThatThrownBy(() -> read(with(key, value)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("config.json")
        .hasMessageContaining(key);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "[]", "{", "{\"hidden_size\": 1} trailing", "null", "{hidden_size: 1}"})
  void brokenJsonIsAUserError(String text) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("config.json");
  }

  @Test
  void bytesThatAreNoTextAreAUserError() throws IOException {
    Path file = Files.write(directory.resolve("config.json"), new byte[] {(byte) 0xC3, 0x28, 0});
    assertThatThrownBy(() -> ModelConfig.read(file))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("not valid JSON");
  }
}
