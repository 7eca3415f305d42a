package dev.sponge.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetCommandTest {
  @TempDir Path directory;
  private final FakeStages stages = new FakeStages();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int sponge(String... args) {
    String[] all =
        Stream.concat(
                Stream.of("dataset"),
                Stream.concat(
                    Stream.of(args), Stream.of("--work", directory.resolve("w").toString())))
            .toArray(String[]::new);
    return Sponge.execute(
        args.length == 0 ? new String[] {"dataset"} : all,
        () -> stages,
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  @Test
  void anImportIsHandedOn() {
    assertThat(sponge("import", "--format", "hf-parquet", "data/set")).isZero();
    assertThat(
            sponge(
                "import",
                "--format",
                "jsonl",
                "x.jsonl",
                "--split",
                "test",
                "--source",
                "aime25",
                "--fields",
                "problem=q",
                "--strict"))
        .isZero();
    assertThat(stages.calls)
        .containsExactly(
            "dataset import PromptImport[format=hf-parquet, path=data/set, split=Optional.empty,"
                + " source=Optional.empty, fields={}, strict=false]",
            "dataset import PromptImport[format=jsonl, path=x.jsonl, split=Optional[test],"
                + " source=Optional[aime25], fields={problem=q}, strict=true]");
  }

  @Test
  void badFlagsAreOneSentenceAndCodeTwo() {
    assertThat(sponge()).isEqualTo(2);
    assertThat(sponge("import", "x")).isEqualTo(2);
    assertThat(sponge("import", "--format", "csv", "x")).isEqualTo(2);
    assertThat(sponge("import", "--format", "math")).isEqualTo(2);
    assertThat(sponge("import", "--format", "math", "x", "--split", "dev")).isEqualTo(2);
    assertThat(sponge("import", "--format", "math", "x", "--source", "a b")).isEqualTo(2);
    assertThat(sponge("import", "--format", "math", "x", "--fields", "gold=a")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .hasSize(7)
        .allMatch(line -> line.startsWith("sponge: "));
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("--split dev must be train or test", "hf-parquet", "--fields gold=a");
    assertThat(stages.calls).isEmpty();
  }
}
