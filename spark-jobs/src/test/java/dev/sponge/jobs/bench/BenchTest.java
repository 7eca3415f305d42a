package dev.sponge.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.sponge.jobs.cli.Sponge;
import dev.sponge.jobs.config.Choice;
import dev.sponge.jobs.config.ObjectiveConfig;
import dev.sponge.rl.model.HfModelDirectory;
import dev.sponge.rl.model.TinyModels;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.text.TinyTokenizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands sponge bench generate, train, objective and load on a model of 16 tokens. */
class BenchTest {
  @TempDir private Path directory;
  private String out;

  private int bench(String... flags) throws IOException {
    Path tokenizer = TinyTokenizer.write(directory.resolve("tokenizer"));
    Path model = directory.resolve("model");
    try (NDManager manager = TorchEngine.newManager(Device.cpu());
        Weights weights = Weights.random(TinyModels.builder().build(), 11, manager)) {
      HfModelDirectory.save(model, weights, tokenizer);
    }
    List<String> args = new ArrayList<>(List.of("bench"));
    args.addAll(List.of(flags));
    args.addAll(List.of("--model", model.toString(), "--threads", "1", "--repeats", "1"));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    int code =
        Sponge.execute(
            args.toArray(new String[0]),
            () -> {
              throw new AssertionError("no stage may start");
            },
            stream,
            stream);
    out = bytes.toString(StandardCharsets.UTF_8);
    return code;
  }

  @ParameterizedTest
  @ValueSource(strings = {"f32", "bf16"})
  void everyMeasurementIsOneLineOfJson(String dtype) throws IOException {
    String[][] commands = {
      {"generate", "--batch", "3", "--prompt", "4", "--tokens", "5"},
      {"train", "--batch", "2", "--length", "6"},
      {"train", "--batch", "2", "--length", "6", "--checkpointing", "--lora-rank", "2"},
      {"load"}
    };
    for (String[] command : commands) {
      List<String> flags = new ArrayList<>(List.of(command));
      flags.addAll(List.of("--dtype", dtype));
      assertThat(bench(flags.toArray(new String[0]))).as(out).isEqualTo(Sponge.DONE);
      assertThat(out.strip().lines()).hasSize(1);
      JsonObject json = JsonParser.parseString(out).getAsJsonObject();
      assertThat(json.get("bench").getAsString()).isEqualTo(command[0]);
      assertThat(json.get("dtype").getAsString()).startsWith(dtype.equals("f32") ? "f" : "bf");
      assertThat(json.getAsJsonObject("seconds").size()).isPositive();
      String rate = command[0].equals("load") ? "parameters_per_second" : "tokens_per_second";
      assertThat(json.get(rate).getAsDouble()).isPositive();
    }
  }

  @Test
  void everyLossHasItsShareOfAStep() throws IOException {
    String[] command = {"objective", "--batch", "4", "--prompt", "3", "--length", "9"};
    assertThat(bench(command)).as(out).isEqualTo(Sponge.DONE);
    List<String> lines = out.strip().lines().toList();
    JsonObject json = JsonParser.parseString(lines.get(lines.size() - 1)).getAsJsonObject();
    assertThat(json.get("bench").getAsString()).isEqualTo("objective");
    double step = json.getAsJsonObject("seconds").get("step").getAsDouble();
    double largest = 0;
    for (ObjectiveConfig.Loss loss : ObjectiveConfig.Loss.values()) {
      String key = Choice.keyOf(loss);
      double advantages = json.getAsJsonObject("seconds").get(key + "/advantages").getAsDouble();
      double gradient = json.getAsJsonObject("seconds").get(key + "/loss").getAsDouble();
      double percent = json.getAsJsonObject("percent_of_step").get(key).getAsDouble();
      assertThat(advantages).as(key).isPositive();
      assertThat(gradient).as(key).isPositive();
      assertThat(percent)
          .as(key)
          .isCloseTo(100 * (advantages + gradient) / step, withinPercentage(0.01));
      assertThat(lines).anyMatch(line -> line.startsWith(key + " "));
      largest = Math.max(largest, percent);
    }
    assertThat(json.get("largest_percent_of_step").getAsDouble()).isEqualTo(largest);
  }

  @Test
  void impossibleFlagsAreUserErrors() throws IOException {
    String[][] commands = {
      {"generate", "--dtype", "f8"},
      {"generate", "--batch", "0"},
      {"train", "--length", "1"},
      {"objective", "--batch", "3"},
      {"objective", "--length", "64"}
    };
    for (String[] command : commands) {
      assertThat(bench(command)).isEqualTo(Sponge.USER_ERROR);
      assertThat(out).contains(command[1]).hasLineCount(1);
    }
  }
}
