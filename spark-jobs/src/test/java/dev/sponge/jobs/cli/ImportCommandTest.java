package dev.sponge.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportCommandTest {
  @TempDir Path directory;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int sponge(Object... arguments) {
    String[] line = new String[arguments.length + 1];
    line[0] = "import";
    for (int i = 0; i < arguments.length; i++) {
      line[i + 1] = arguments[i].toString();
    }
    return Sponge.execute(
        line,
        () -> {
          throw new AssertionError("an import needs no Spark");
        },
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private Path gguf() throws IOException {
    Path file = directory.resolve("smollm.gguf");
    try (InputStream fixture = getClass().getResourceAsStream("/fixtures/gguf/smollm.gguf")) {
      Files.write(file, fixture.readAllBytes());
    }
    return file;
  }

  private String errors() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aFileBecomesADirectory() throws IOException {
    Path model = directory.resolve("model");
    assertThat(sponge(gguf(), model)).isZero();
    assertThat(errors()).isEmpty();
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .singleElement()
        .asString()
        .startsWith(model + ": llama, 1 layers, 0.0 M parameters from F32, Q4_1, Q8_0, in ");
    assertThat(model.resolve("config.json")).content().contains("LlamaForCausalLM");

    assertThat(sponge(gguf(), model)).isEqualTo(2);
    assertThat(errors().lines())
        .singleElement()
        .asString()
        .startsWith("sponge: " + model + " is not empty;")
        .contains("--force");
    assertThat(sponge(gguf(), model, "--force")).isZero();
  }

  @Test
  void badInputGetsOneSentenceAndCodeTwo() throws IOException {
    Path broken = gguf();
    byte[] bytes = Files.readAllBytes(broken);
    Files.write(broken, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    Path model = directory.resolve("model");
    assertThat(sponge(broken, model)).isEqualTo(2);
    assertThat(errors().lines())
        .singleElement()
        .asString()
        .startsWith("sponge: " + broken + " is damaged: ");
    assertThat(model).doesNotExist();
    err.reset();
    assertThat(sponge(directory.resolve("missing.gguf"), model)).isEqualTo(2);
    assertThat(errors()).contains("missing.gguf is missing or not a file");
    err.reset();
    assertThat(sponge(broken)).isEqualTo(2);
    assertThat(errors()).contains("DIR").contains("see sponge import --help");
  }
}
