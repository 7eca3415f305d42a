package dev.sponge.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyCommandTest {
  @TempDir Path directory;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int verify(String pairs, String output, String... more) throws IOException {
    Path input = Files.writeString(directory.resolve("pairs.jsonl"), pairs);
    String[] args = new String[5 + more.length];
    System.arraycopy(
        new String[] {"verify", "--input", input.toString(), "--output", output}, 0, args, 0, 5);
    System.arraycopy(more, 0, args, 5, more.length);
    return Sponge.execute(
        args,
        () -> {
          throw new AssertionError("no stage is needed");
        },
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  @Test
  void verdictsGoToTheFileAndCountsToTheErrors() throws IOException {
    Path output = directory.resolve("verdicts.jsonl");
    int code = verify("{\"gold\":\"x\",\"answer\":\"x\"}\n", output.toString());
    assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isZero();
    assertThat(output).hasContent("{\"outcome\":\"equal\",\"method\":\"text\",\"equal\":true}\n");
    assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("1 pairs: 1 equal; ");
    assertThat(out.size()).isZero();
  }

  @Test
  void standardOutputHoldsTheVerdictsAlone() throws IOException {
    assertThat(verify("{\"gold\":\"x\",\"response\":\"y\"}", "-", "--preset", "reward")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo("{\"outcome\":\"no_answer\",\"method\":\"none\",\"equal\":false}\n");
  }

  @Test
  void badInputIsOneSentenceAndCodeTwo() throws IOException {
    assertThat(verify("{\"gold\":\"x\"}", directory.resolve("v").toString())).isEqualTo(2);
    assertThat(verify("", "-", "--preset", "strict")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .hasSize(2)
        .allMatch(line -> line.startsWith("sponge: "));
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("Line 1 ", "--preset strict");
    assertThat(directory.resolve("v")).doesNotExist();
  }
}
