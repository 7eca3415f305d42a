package dev.sponge.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanCommandTest {
  private static final String CONFIG =
      """
      {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 8,
       "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4,
       "num_key_value_heads": 2, "vocab_size": 10, "max_position_embeddings": 4096,
       "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": true,
       "hidden_act": "silu", "eos_token_id": 1}
      """;

  @TempDir Path directory;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void describeAModel() throws IOException {
    Files.writeString(directory.resolve("config.json"), CONFIG);
    Files.writeString(directory.resolve("run.conf"), "run { steps = 3 }");
  }

  private int plan(String... flags) {
    List<String> line =
        new ArrayList<>(List.of("plan", "--config", directory.resolve("run.conf").toString()));
    line.addAll(List.of(flags));
    return Sponge.execute(
        line.toArray(String[]::new),
        () -> {
          throw new AssertionError("a plan needs no Spark");
        },
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private String output() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void whatFitsIsATableAndCodeZero() {
    assertThat(plan("--model", directory.toString(), "--memory", "900g")).isZero();
    assertThat(output().lines().toList())
        .anySatisfy(line -> assertThat(line).contains("llama, 2 layers, 0.0 M parameters"))
        .anySatisfy(line -> assertThat(line).startsWith("GiB").endsWith("score  train  publish"))
        .last()
        .asString()
        .endsWith("there are 900.00 GiB: it fits");
    assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void whatDoesNotFitIsCodeOneWithARemedy() {
    assertThat(plan("--model", directory.toString(), "--memory", "1m")).isEqualTo(1);
    assertThat(output()).contains("it does not fit. Give ");
  }

  @Test
  void jsonHoldsEveryMomentInBytes() {
    assertThat(plan("--model", directory.toString(), "--memory", "1k", "--json")).isEqualTo(1);
    JsonObject json = JsonParser.parseString(output()).getAsJsonObject();
    assertThat(json.get("parameters").getAsLong()).isEqualTo(1272);
    assertThat(json.get("available_bytes").getAsLong()).isEqualTo(1024);
    assertThat(json.get("fits").getAsBoolean()).isFalse();
    assertThat(json.has("remedy")).isTrue();
    assertThat(json.getAsJsonArray("moments")).hasSize(9);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--model missing | missing is no directory",
        "--set engine.dtype=float32 | give its directory with --model DIR",
        "--model . --set rollout.batch_rowz=3 | Did you mean rollout.batch_rows?",
        "--model . --memory much | --memory much is no size",
        "--model . --device gpu | give it with --memory"
      })
  void badInputGetsOneSentenceAndCodeTwo(String flags, String message) {
    String[] words = flags.split(" ");
    for (int i = 0; i < words.length; i++) {
      words[i] = words[i].equals(".") ? directory.toString() : words[i];
    }
    assertThat(plan(words)).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .singleElement()
        .asString()
        .startsWith("sponge: ")
        .contains(message);
    assertThat(output()).isEmpty();
  }

  @Test
  void aCriticIsCounted() {
    assertThat(
            plan(
                "--model",
                directory.toString(),
                "--memory",
                "900g",
                "--set",
                "run.algorithm=ppo",
                "--set",
                "advantage.estimator=gae",
                "--set",
                "advantage.off_policy=vtrace"))
        .isZero();
    assertThat(output()).contains("critic.backbone = own").contains("critic's AdamW moments");
  }

  private int moments(String... settings) {
    List<String> flags =
        new ArrayList<>(List.of("--model", directory.toString(), "--memory", "900g", "--json"));
    for (String setting : settings) {
      flags.addAll(List.of("--set", setting));
    }
    out.reset();
    assertThat(plan(flags.toArray(String[]::new))).isZero();
    return JsonParser.parseString(output()).getAsJsonObject().getAsJsonArray("moments").size();
  }

  @Test
  void aRunThatSamplesBesideTrainingHasMomentsOfBothAndExplorationHasNoTraining() {
    assertThat(moments("run.mode=async", "history.share=1")).isEqualTo(9 + 5 * 2);
    assertThat(output()).contains("update beside sample");
    assertThat(moments("run.mode=explore")).isEqualTo(4);
    assertThat(output()).doesNotContain("train");
  }

  @Test
  void theMemoryOfAGpuCountsTensorsAlone() {
    assertThat(
            plan("--model", directory.toString(), "--device", "gpu", "--memory", "80g", "--json"))
        .isZero();
    assertThat(output()).contains("\"master\":").doesNotContain("\"heap\":", "\"process\":");
  }
}
