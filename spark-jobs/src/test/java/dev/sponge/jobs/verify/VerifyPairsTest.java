package dev.sponge.jobs.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.verify.VerifyPairs.Counts;
import dev.sponge.rl.UserError;
import dev.sponge.rl.reward.math.Outcome;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerifyPairsTest {
  private static final String RIGHT = "{\"gold\":\"42\",\"answer\":\"42\"}\n";
  private static final String EQUAL = "{\"outcome\":\"equal\",\"method\":\"text\",\"equal\":true}";

  @TempDir Path directory;

  private static String verdicts(String preset, String pairs) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    InputStream in = new ByteArrayInputStream(pairs.getBytes(StandardCharsets.UTF_8));
    new VerifyPairs(preset).run("-", "-", in, out);
    return out.toString(StandardCharsets.UTF_8);
  }

  private static Counts toFile(InputStream in, Path output) {
    return new VerifyPairs("reward")
        .run("-", output.toString(), in, OutputStream.nullOutputStream());
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // preset | pair | outcome
        "reward | {\"gold\":\"42\",\"answer\":\"42\"} | equal",
        "reward | {\"gold\":\"42\",\"answer\":\"43\"} | different",
        "reward | {\"gold\":42,\"answer\":42,\"id\":[1]} | equal",
        "reward | {\"gold\":[\"41\",\"42\"],\"answer\":\"42\"} | equal",
        "reward | {\"gold\":\"[\\\"41\\\",\\\"42\\\"]\",\"answer\":\"42\"} | equal",
        "reward | {\"gold\":[\"41\",\"43\"],\"answer\":\"42\"} | different",
        "reward | {\"gold\":\"42\",\"answer\":\"It is \\\\boxed{42}.\"} | equal",
        "reward | {\"gold\":\"42\",\"response\":\"It is \\\\boxed{42}.\"} | equal",
        "reward | {\"gold\":\"42\",\"response\":\"42\"} | no_answer",
        "math-verify | {\"gold\":\"42\",\"response\":\"The final answer is 42.\"} | equal",
        "deepscaler | {\"gold\":\"42\",\"response\":\"\\\\boxed{42}\"} | no_answer",
        "deepscaler | {\"gold\":\"42\",\"response\":\"a</think> \\\\boxed{42}\"} | equal",
        "reward | {\"gold\":\"42\",\"answer\":\"\"} | no_answer"
      })
  void everyPairGetsItsOutcome(String preset, String pair, String outcome) {
    String line = verdicts(preset, pair);
    assertThat(line)
        .startsWith("{\"outcome\":\"" + outcome + "\",\"method\":\"")
        .endsWith("\"equal\":" + outcome.equals("equal") + "}\n");
  }

  @Test
  void theOrderIsKeptAndTheLastLineNeedsNoEnd() throws IOException {
    List<String> pairs = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      int answer = i % 7 == 0 ? i + 1 : i;
      pairs.add("{\"gold\":\"%d\",\"answer\":\"%d\"}".formatted(i, answer));
    }
    Path output = directory.resolve("verdicts.jsonl");
    Counts counts = toFile(stream("\uFEFF" + String.join("\r\n", pairs)), output);

    List<String> lines = Files.readAllLines(output);
    assertThat(lines).hasSize(3_000);
    for (int i = 0; i < lines.size(); i++) {
      assertThat(lines.get(i).equals(EQUAL)).as("line %d", i).isEqualTo(i % 7 != 0);
    }
    assertThat(counts.outcomes()).isEqualTo(Map.of(Outcome.EQUAL, 2_571L, Outcome.DIFFERENT, 429L));
    assertThat(counts.sentence()).isEqualTo("3,000 pairs: 2,571 equal, 429 different");
    assertThat(toFile(stream(""), output).sentence()).isEqualTo("0 pairs");
    assertThat(output).isEmptyFile();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"gold\":\"42\",\"answer\":\"42\"",
        "{\"gold\":\"42\"}",
        "{\"answer\":\"42\"}",
        "{\"gold\":\"42\",\"answer\":\"42\",\"response\":\"42\"}",
        "{\"gold\":null,\"answer\":\"42\"}",
        "{\"gold\":[],\"answer\":\"42\"}",
        "{\"gold\":[[\"42\"]],\"answer\":\"42\"}",
        "{\"gold\":\"42\",\"answer\":true}",
        "{\"gold\":\"42\",\"answer\":{}}",
        "{gold:42,answer:42}",
        "[]",
        "",
        "{\"gold\":\"42\",\"answer\":\"42\"} {}"
      })
  void aLineThatIsNoPairIsNamedAndNothingIsWritten(String line) throws IOException {
    Path output = Files.writeString(directory.resolve("verdicts.jsonl"), "as it was");
    String text = RIGHT.repeat(500) + line + "\n" + RIGHT;
    assertThatThrownBy(() -> toFile(stream(text), output))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("Line 501 ");
    assertThat(output).hasContent("as it was");
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(output);
    }
  }

  @Test
  void anotherEncodingIsRefused() {
    byte[] bytes = RIGHT.replace("42", "é").getBytes(StandardCharsets.ISO_8859_1);
    Path output = directory.resolve("verdicts.jsonl");
    assertThatThrownBy(() -> toFile(new ByteArrayInputStream(bytes), output))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("Line 1 is not UTF-8");
    assertThat(output).doesNotExist();
  }

  @Test
  void aHugeLineIsRefusedBeforeItIsRead() {
    Endless endless = new Endless();
    assertThatThrownBy(() -> toFile(endless, directory.resolve("verdicts.jsonl")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("Line 1 of standard input is longer than 1,048,576 bytes");
    assertThat(endless.read).isLessThan(2L << 20);
  }

  /** A line without end. */
  private static final class Endless extends InputStream {
    private long read;

    @Override
    public int read() {
      read++;
      return 'x';
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
      Arrays.fill(bytes, offset, offset + length, (byte) 'x');
      read += length;
      return length;
    }
  }

  @Test
  void filesThatCannotBeUsedAreRefused() {
    VerifyPairs pairs = new VerifyPairs("reward");
    String missing = directory.resolve("missing").toString();
    String inMissing = directory.resolve("missing/verdicts.jsonl").toString();
    assertThatThrownBy(() -> pairs.run(missing, "-", InputStream.nullInputStream(), System.out))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--input");
    assertThatThrownBy(() -> pairs.run("-", inMissing, InputStream.nullInputStream(), System.out))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--output");
    assertThatThrownBy(
            () -> pairs.run("-", directory.toString(), InputStream.nullInputStream(), System.out))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--output");
    assertThatThrownBy(() -> new VerifyPairs("strict"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("use reward, math-verify, deepscaler");
  }
}
