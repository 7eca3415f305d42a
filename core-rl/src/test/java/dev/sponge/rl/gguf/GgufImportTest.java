package dev.sponge.rl.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.sponge.rl.Fixture;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.TensorSource;
import dev.sponge.rl.text.Tokenizer;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufImportTest {
  private static final String LAYER = "model.layers.0.self_attn.";

  @TempDir Path directory;

  private static Path source(String name) {
    return Fixture.directory().resolve("gguf").resolve(name + ".gguf");
  }

  private Path imported(String name) {
    Path target = directory.resolve(name);
    GgufImport.run(source(name), target, false);
    return target;
  }

  private static JsonObject json(Path file) throws IOException {
    return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
  }

  private static List<String> names(Path dir) throws IOException {
    try (var entries = Files.list(dir)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-spm", "llama-bpe", "smollm", "qwen2", "qwen3"})
  void weightsAndTokensEqualThoseOfThePeers(String name) throws IOException {
    Path target = imported(name);
    Fixture expected = Fixture.open("gguf/" + name + ".safetensors");
    Fixture actual = Fixture.open(target.resolve("model.safetensors").toString());
    for (String tensor : tensors("gguf/" + name + ".safetensors")) {
      assertThat(actual.shape(tensor)).as(tensor).isEqualTo(expected.shape(tensor));
      assertThat(actual.floats(tensor)).as(tensor).isEqualTo(expected.floats(tensor));
    }
    JsonObject texts = json(Fixture.directory().resolve("gguf/tokens.json"));
    try (Tokenizer tokenizer = Tokenizer.load(target)) {
      JsonArray cases = texts.getAsJsonArray(name);
      assertThat(cases).hasSizeGreaterThan(10);
      for (JsonElement each : cases) {
        String text = each.getAsJsonObject().get("text").getAsString();
        int[] ids =
            each.getAsJsonObject().getAsJsonArray("ids").asList().stream()
                .mapToInt(JsonElement::getAsInt)
                .toArray();
        assertThat(tokenizer.encode(text)).as(text).isEqualTo(ids);
      }
    }
  }

  private static List<String> tensors(String fixture) throws IOException {
    byte[] all = Files.readAllBytes(Fixture.directory().resolve(fixture));
    int length = java.nio.ByteBuffer.wrap(all).order(java.nio.ByteOrder.LITTLE_ENDIAN).getInt();
    List<String> names =
        JsonParser.parseString(new String(all, 8, length, StandardCharsets.UTF_8))
            .getAsJsonObject()
            .keySet()
            .stream()
            .filter(key -> !key.equals("__metadata__"))
            .toList();
    assertThat(names).contains(LAYER + "q_proj.weight", LAYER + "o_proj.weight");
    return names;
  }

  @Test
  void metadataBecomeAConfiguration() throws IOException {
    JsonObject llama = json(imported("llama-spm").resolve("config.json"));
    assertThat(llama.getAsJsonArray("architectures").toString())
        .isEqualTo("[\"LlamaForCausalLM\"]");
    assertThat(llama.get("hidden_size").getAsInt()).isEqualTo(32);
    assertThat(llama.get("num_key_value_heads").getAsInt()).isEqualTo(2);
    assertThat(llama.get("head_dim").getAsInt()).isEqualTo(8);
    assertThat(llama.get("rms_norm_eps").getAsDouble()).isEqualTo(1e-5);
    assertThat(llama.get("tie_word_embeddings").getAsBoolean()).isFalse();
    assertThat(llama.get("rope_scaling").isJsonNull()).isTrue();
    assertThat(llama.get("torch_dtype").getAsString()).isEqualTo("float32");

    JsonObject scaled = json(imported("llama-bpe").resolve("config.json"));
    assertThat(scaled.get("tie_word_embeddings").getAsBoolean()).isTrue();
    assertThat(scaled.getAsJsonObject("rope_scaling").toString())
        .isEqualTo(
            "{\"rope_type\":\"llama3\",\"factor\":8.0,\"low_freq_factor\":1.0,"
                + "\"high_freq_factor\":4.0,\"original_max_position_embeddings\":8192}");

    JsonObject qwen = json(imported("qwen2").resolve("config.json"));
    assertThat(qwen.get("model_type").getAsString()).isEqualTo("qwen2");
    assertThat(qwen.get("attention_bias").getAsBoolean()).isTrue();
    // Rows of the embedding beyond the tokens stay, their made-up names do not.
    JsonObject vocabulary =
        json(directory.resolve("qwen2/tokenizer.json")).getAsJsonObject("model");
    assertThat(vocabulary.getAsJsonObject("vocab").size())
        .isEqualTo(qwen.get("vocab_size").getAsInt() - 5);
  }

  @Test
  void specialTokensAndTemplateAreKept() throws IOException {
    Path target = imported("smollm");
    JsonObject config = json(target.resolve("tokenizer_config.json"));
    assertThat(config.get("eos_token").getAsString()).isEqualTo("<|im_end|>");
    assertThat(config.get("bos_token").getAsString()).isEqualTo("<|im_start|>");
    assertThat(config.get("pad_token").getAsString()).isEqualTo("<|endoftext|>");
    assertThat(config.get("add_bos_token").getAsBoolean()).isFalse();
    assertThat(config.get("chat_template").getAsString()).contains("<|im_start|>{{ m['role'] }}");
    JsonObject generation = json(target.resolve("generation_config.json"));
    assertThat(generation.get("eos_token_id").getAsInt()).isEqualTo(2);
    JsonObject sentencePiece =
        json(imported("llama-spm").resolve("tokenizer.json")).getAsJsonObject("post_processor");
    assertThat(sentencePiece.toString()).contains("{\"SpecialToken\":{\"id\":\"<s>\"");
    try (Tokenizer tokenizer = Tokenizer.load(directory.resolve("llama-spm"))) {
      assertThat(tokenizer.decode(tokenizer.encode("naïve  text 🙂"))).isEqualTo("naïve  text 🙂");
    }
  }

  @Test
  void theSameFileGivesTheSameBytes() throws IOException {
    Path first = imported("qwen3");
    Path second = directory.resolve("again");
    GgufImport.run(source("qwen3"), second, false);
    for (String name : names(first)) {
      assertThat(second.resolve(name)).hasSameBinaryContentAs(first.resolve(name));
    }
  }

  @Test
  void aDirectoryInUseIsReplacedOnlyWhenForced() throws IOException {
    Path target = imported("qwen3");
    Files.writeString(target.resolve("notes.txt"), "mine");
    Files.writeString(target.resolve("model-00001-of-00002.safetensors"), "old");
    Path killed = Files.createDirectory(target.resolve(".import-killed"));
    Files.writeString(killed.resolve("model.safetensors"), "half");
    assertThatThrownBy(() -> GgufImport.run(source("smollm"), target, false))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("is not empty")
        .hasMessageContaining("--force");
    assertThat(json(target.resolve("config.json")).get("model_type").getAsString())
        .isEqualTo("qwen3");
    GgufImport.run(source("smollm"), target, true);
    assertThat(json(target.resolve("config.json")).get("model_type").getAsString())
        .isEqualTo("llama");
    assertThat(names(target))
        .containsExactly(
            "config.json",
            "generation_config.json",
            "model.safetensors",
            "notes.txt",
            "special_tokens_map.json",
            "tokenizer.json",
            "tokenizer_config.json");
    Path file = target.resolve("notes.txt");
    assertThatThrownBy(() -> GgufImport.run(source("smollm"), file, true))
        .hasMessageContaining("is not a directory");
  }

  @Test
  void aFailureLeavesNothingBehind() throws IOException {
    byte[] bytes = Files.readAllBytes(source("smollm"));
    // The last tensor in the file, of float32: the failure comes after most weights are written.
    Arrays.fill(bytes, bytes.length - 128, bytes.length, (byte) 0xFF);
    Path damaged = Files.write(directory.resolve("damaged.gguf"), bytes);
    Path absent = directory.resolve("absent");
    assertThatThrownBy(() -> GgufImport.run(damaged, absent, false))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("tensor output_norm.weight holds NaN");
    assertThat(absent).doesNotExist();
    Path kept = imported("qwen3");
    assertThatThrownBy(() -> GgufImport.run(damaged, kept, true)).isInstanceOf(UserError.class);
    assertThat(names(kept)).contains("config.json").hasSize(6);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "general.architecture | llama | gemm4 | general.architecture = \"gemm4\" is not supported",
        "tokenizer.ggml.pre | smollm | smoll9 | tokenizer.ggml.pre = \"smoll9\" is not supported",
        "tokenizer.ggml.model | gpt2 | bert | tokenizer.ggml.model = \"bert\" is not supported",
        "blk.0.attn_k.weight | attn_k | attn_z | tensor blk.0.attn_k.weight is missing",
      })
  void whatIsNotSupportedIsNamed(String near, String from, String to, String reason)
      throws IOException {
    Path changed = directory.resolve("changed.gguf");
    String text = new String(Files.readAllBytes(source("smollm")), StandardCharsets.ISO_8859_1);
    int at = text.indexOf(from, text.indexOf(near));
    String edited = text.substring(0, at) + to + text.substring(at + from.length());
    Files.write(changed, edited.getBytes(StandardCharsets.ISO_8859_1));
    Path target = directory.resolve("target");
    assertThatThrownBy(() -> GgufImport.run(changed, target, false))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(changed.toString())
        .hasMessageContaining(reason);
    assertThat(target).doesNotExist();
  }

  @Test
  void rowsOfAHeadGoFromPairsToHalves() {
    // Two heads of four rows, one column: rows 0 1 2 3 are pairs (0, 1) and (2, 3).
    float[] rows = {0, 1, 2, 3, 10, 11, 12, 13};
    WeightPlan.splitHeads(rows, 2, 4);
    assertThat(rows).containsExactly(0, 2, 1, 3, 10, 12, 11, 13);
  }

  @Test
  void aTensorThatTheHeapCannotHoldIsRefusedBeforeWriting() {
    TensorSource large =
        new TensorSource("w", new Shape(1 << 20, 128), () -> FloatBuffer.allocate(0));
    List<TensorSource> weights = List.of(large);
    Path file = Path.of("big.gguf");
    GgufImport.checkHeap(file, weights, 600L << 20);
    assertThatThrownBy(() -> GgufImport.checkHeap(file, weights, 550L << 20))
        .isInstanceOf(UserError.class)
        .hasMessage(
            "big.gguf: w takes 512 MB in float32, too much for a Java heap of 550 MB; give it"
                + " 577 MB (-Xmx, for the command SPONGE_HEAP)");
  }
}
