package dev.sponge.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.model.HfModelDirectory;
import dev.sponge.rl.model.TinyModels;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.text.TinyTokenizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A GPU that is asked for and absent is an error of the user, never the CPU in silence. */
class DeviceFlagTest {
  @TempDir static Path directory;

  @BeforeAll
  static void saveAModel() throws IOException {
    TorchEngine.start();
    assumeTrue(Engine.getInstance().getGpuCount() == 0, "this machine has a GPU");
    Path tokenizer = TinyTokenizer.write(directory.resolve("tokenizer"));
    try (NDManager manager = TorchEngine.newManager(Device.cpu());
        Weights weights = Weights.random(TinyModels.builder().build(), 11, manager)) {
      HfModelDirectory.save(directory.resolve("model"), weights, tokenizer);
    }
    Files.writeString(directory.resolve("ids"), "[1, 2]\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "generate --model DIR/model --device gpu --raw --prompt a",
        "logprobs --model DIR/model --device gpu --input DIR/ids --output DIR/out",
        "bench generate --model DIR/model --device gpu",
        "bench train --model DIR/model --device gpu",
        "bench load --model DIR/model --device gpu"
      })
  void anAbsentGpuIsOneSentenceThatNamesTheKey(String line) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Sponge.execute(
            line.replace("DIR", directory.toString()).split(" "),
            () -> {
              throw new AssertionError("no stage may start");
            },
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .singleElement()
        .asString()
        .startsWith("sponge: engine.device asks for gpu(0), but libtorch sees 0 GPUs here");
    assertThat(code).isEqualTo(2);
    assertThat(out.size()).isZero();
    assertThat(directory.resolve("out")).doesNotExist();
  }
}
