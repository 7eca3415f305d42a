package dev.sponge.jobs.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.sponge.jobs.cli.Sponge;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.model.HfModelDirectory;
import dev.sponge.rl.model.TinyModels;
import dev.sponge.rl.model.TokenSequence;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.text.TinyTokenizer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands generate and logprobs, on a random model of 16 tokens and 32 positions. */
@TestInstance(Lifecycle.PER_CLASS)
class InferenceTest {
  private static final String TEMPLATE =
      "{% for m in messages %}{{ m.content }}{{ '+' if m.role == 'system' else '=' }}{% endfor %}";

  private Path dir;
  private Path model;
  private Path plain;
  private String out;
  private String err;

  private record Row(int[] promptIds, int[] responseIds) implements TokenSequence {
    @Override
    public double temperature() {
      return 1;
    }
  }

  @BeforeAll
  void saveModels(@TempDir Path directory) throws IOException {
    dir = directory;
    Path tokenizer = TinyTokenizer.write(dir.resolve("tokenizer"));
    model = dir.resolve("model");
    plain = dir.resolve("plain");
    try (NDManager manager = TorchEngine.newManager(Device.cpu());
        Weights weights = Weights.random(TinyModels.builder().build(), 11, manager)) {
      HfModelDirectory.save(model, weights, tokenizer);
      HfModelDirectory.save(plain, weights, tokenizer);
    }
    Files.writeString(model.resolve("chat_template.jinja"), TEMPLATE);
  }

  private int sponge(String... args) {
    ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
    ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
    int code =
        Sponge.execute(
            args,
            () -> {
              throw new AssertionError("no stage may start");
            },
            new PrintStream(outBytes, true, StandardCharsets.UTF_8),
            new PrintStream(errBytes, true, StandardCharsets.UTF_8));
    out = outBytes.toString(StandardCharsets.UTF_8);
    err = errBytes.toString(StandardCharsets.UTF_8);
    return code;
  }

  private int logprobs(Path input, Path output) {
    return sponge(
        "logprobs",
        "--model",
        plain.toString(),
        "--input",
        input.toString(),
        "--output",
        output.toString());
  }

  @Test
  void logprobsAreThoseOfEachLineAlone() throws IOException {
    Random random = new Random(5);
    List<int[]> lines = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      lines.add(random.ints(1 + i * 7 % 32, 0, 16).toArray());
    }
    Path input = dir.resolve("tokens.jsonl");
    Files.write(input, lines.stream().map(java.util.Arrays::toString).toList());
    Path output = dir.resolve("out.jsonl");

    assertThat(logprobs(input, output)).as(() -> err).isZero();

    List<String> written = Files.readAllLines(output);
    assertThat(written).hasSize(lines.size());
    try (NDManager manager = TorchEngine.newManager(Device.cpu());
        Weights weights = HfModelDirectory.load(plain, manager);
        CausalLm alone = CausalLm.of(weights, manager)) {
      for (int i = 0; i < lines.size(); i++) {
        int[] ids = lines.get(i);
        JsonArray actual = JsonParser.parseString(written.get(i)).getAsJsonArray();
        assertThat(actual).hasSize(ids.length - 1);
        if (ids.length > 1 && i % 10 == 0) {
          Row row = new Row(new int[] {ids[0]}, java.util.Arrays.copyOfRange(ids, 1, ids.length));
          float[] expected = alone.score(List.of(row), 1).get(0).logprobs();
          for (int t = 0; t < expected.length; t++) {
            assertThat(actual.get(t).getAsFloat()).isCloseTo(expected[t], within(1e-4f));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[1, 2 | is not JSON",
        "{\"a\": 1} | JSON array",
        "[] | at least one",
        "[1, 2.5] | 2.5 is not a token id",
        "[1, -2] | -2 is not a token id",
        "[1, \"2\"] | is not a token id",
        "[1, 16] | 16 is not below vocab_size = 16",
        "[1] [2] | is not JSON",
        "'' | something else than one JSON array",
        "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]"
            + " | 33 tokens exceed the model's 32 positions",
      })
  void aBadLineIsNamedAndNothingIsWritten(String line, String message) throws IOException {
    Path input = dir.resolve("bad.jsonl");
    Files.write(input, List.of("[1, 2]", line));
    Path output = dir.resolve("bad-out.jsonl");

    assertThat(logprobs(input, output)).isEqualTo(Sponge.USER_ERROR);

    assertThat(err).contains("bad.jsonl line 2").contains(message);
    try (Stream<Path> files = Files.list(dir)) {
      assertThat(files.map(Path::toString)).noneMatch(name -> name.contains("bad-out"));
    }
  }

  @Test
  void aMissingModelOrInputIsAUserError() {
    assertThat(logprobs(dir.resolve("nowhere.jsonl"), dir.resolve("o")))
        .isEqualTo(Sponge.USER_ERROR);
    assertThat(err).contains("nowhere.jsonl");
    assertThat(sponge("generate", "--model", dir.toString(), "--prompt", "1"))
        .isEqualTo(Sponge.USER_ERROR);
    assertThat(err).contains("--model").contains("lacks config.json");
  }

  private List<JsonObject> generate(String... more) {
    String[] base = {"generate", "--max-tokens", "6", "--json", "--prompt", "1+2"};
    String[] args = Stream.concat(Stream.of(base), Stream.of(more)).toArray(String[]::new);
    assertThat(sponge(args)).as(() -> err).isZero();
    return out.lines()
        .map(line -> JsonParser.parseString(line).getAsJsonObject())
        .collect(Collectors.toList());
  }

  @Test
  void theChatTemplateIsAppliedUnlessRaw() {
    assertThat(generate("--model", model.toString()).get(0).get("prompt").getAsString())
        .isEqualTo("1+2=");
    assertThat(
            generate("--model", model.toString(), "--system", "7")
                .get(0)
                .get("prompt")
                .getAsString())
        .isEqualTo("7+1+2=");
    assertThat(generate("--model", model.toString(), "--raw").get(0).get("prompt").getAsString())
        .isEqualTo("1+2");
    assertThat(generate("--model", plain.toString()).get(0).get("prompt").getAsString())
        .isEqualTo("1+2");
  }

  @Test
  void samplesHaveTheirOwnSeedsAndComeAgain() {
    List<JsonObject> first = generate("--model", model.toString(), "--n", "4", "--seed", "3");
    assertThat(generate("--model", model.toString(), "--n", "4", "--seed", "3")).isEqualTo(first);
    assertThat(first).hasSize(4);
    assertThat(first.stream().map(answer -> answer.get("seed")).distinct()).hasSize(4);
    assertThat(first.stream().map(answer -> answer.get("ids")).distinct().count()).isGreaterThan(1);
    assertThat(first)
        .allSatisfy(
            answer -> {
              int tokens = answer.getAsJsonArray("ids").size();
              assertThat(tokens).isBetween(1, 6);
              assertThat(answer.getAsJsonArray("logprobs")).hasSize(tokens);
              assertThat(answer.get("finish_reason").getAsString()).isIn("stop", "length");
            });
    assertThat(err).contains("tokens/s").contains("finish: ");
    List<JsonObject> greedy = generate("--model", model.toString(), "--n", "2", "--greedy");
    assertThat(greedy.get(0).get("ids")).isEqualTo(greedy.get(1).get("ids"));
  }

  @Test
  void answersAreNumberedForPeople() {
    assertThat(
            sponge(
                "generate",
                "--model",
                plain.toString(),
                "--prompt",
                "1",
                "--n",
                "2",
                "--max-tokens",
                "3"))
        .isZero();
    assertThat(out).contains("[1] ").contains("[2] ");
  }

  @Test
  void thePromptMayComeFromStandardInput() {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream("4+4".getBytes(StandardCharsets.UTF_8)));
    try {
      assertThat(
              sponge(
                  "generate",
                  "--model",
                  model.toString(),
                  "--prompt",
                  "-",
                  "--json",
                  "--max-tokens",
                  "2"))
          .isZero();
    } finally {
      System.setIn(before);
    }
    assertThat(JsonParser.parseString(out).getAsJsonObject().get("prompt").getAsString())
        .isEqualTo("4+4=");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--n 0 | --n 0",
        "--temperature -1 | --temperature",
        "--top-p 0 | --top-p",
        "--max-tokens 0 | --max-tokens",
        "--max-tokens 40 | max_position_embeddings",
        "--system 1 --raw | --raw",
        "--device spark | engine.device",
        "--dtype int4 | engine.dtype",
        "--set nonsense=1 | nonsense",
      })
  void unusableFlagsAreUserErrors(String flags, String message) {
    List<String> args =
        new ArrayList<>(List.of("generate", "--model", model.toString(), "--prompt", "1"));
    args.addAll(List.of(flags.split(" ", -1)));
    assertThat(sponge(args.toArray(String[]::new))).isEqualTo(Sponge.USER_ERROR);
    assertThat(err).contains(message);
  }

  @Test
  void aSystemMessageNeedsATemplate() {
    assertThat(sponge("generate", "--model", plain.toString(), "--prompt", "1", "--system", "2"))
        .isEqualTo(Sponge.USER_ERROR);
    assertThat(err).contains("has no chat template");
    assertThatThrownBy(() -> new GenerateSettings(1, 1, 0, 1, 1, 1, List.of(), 0))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--min-p");
  }
}
