package dev.sponge.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.sponge.rl.SpongeException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SyntheticTokenizerTest {
  /** The fixture script reads the tokenizer from here. */
  private static final Path DIRECTORY = Path.of("target", "synthetic-tokenizer");

  private static final int UNKNOWN_ID = 2;

  private static HuggingFaceTokenizer tokenizer;
  private static Fixture fixture;

  private record Case(String text, List<Long> ids, List<Long> qwen2_ids, String decoded) {}

  private record Fixture(
      String tokenizer_json_sha256,
      int vocab_size,
      int eos_id,
      int pad_id,
      int unk_id,
      String chat_prompt,
      String chat_conversation,
      String qwen2_chat_prompt,
      List<Long> chat_prompt_ids,
      List<Case> cases) {}

  @BeforeAll
  static void load() throws IOException {
    SyntheticTokenizer.write(DIRECTORY);
    tokenizer =
        HuggingFaceTokenizer.newInstance(
            DIRECTORY,
            Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false"));
    try (Reader reader =
        new InputStreamReader(
            SyntheticTokenizerTest.class.getResourceAsStream("tokenizer-fixture.json"),
            StandardCharsets.UTF_8)) {
      fixture = new Gson().fromJson(reader, Fixture.class);
    }
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  private static long[] encode(String text) {
    return tokenizer.encode(text).getIds();
  }

  private static long[] array(List<Long> ids) {
    return ids.stream().mapToLong(Long::longValue).toArray();
  }

  private static List<String> tokens(String text) {
    return Arrays.stream(encode(text))
        .mapToObj(id -> SyntheticTokenizer.vocabulary().get((int) id))
        .toList();
  }

  @Test
  void the_fixture_was_made_from_the_tokenizer_that_is_written_now() throws Exception {
    byte[] written = Files.readAllBytes(DIRECTORY.resolve("tokenizer.json"));

    assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(written)))
        .as("the tokenizer changed: run tokenizer_fixture.py again")
        .isEqualTo(fixture.tokenizer_json_sha256());
  }

  @Test
  void java_and_python_give_equal_ids_and_texts() {
    assertThat(fixture.cases()).hasSizeGreaterThan(10);
    for (Case expected : fixture.cases()) {
      long[] ids = encode(expected.text());
      assertThat(ids).as(expected.text()).isEqualTo(array(expected.ids()));
      assertThat(tokenizer.decode(ids, true)).isEqualTo(expected.decoded());
    }
  }

  /** In the directory of a Qwen2 model, AutoTokenizer of transformers 5 builds Qwen2Tokenizer. */
  @Test
  void beside_the_configuration_of_a_qwen2_model_python_gives_the_same_ids_of_known_text() {
    assertThat(fixture.cases()).anyMatch(one -> one.ids().contains((long) UNKNOWN_ID));
    for (Case expected : fixture.cases()) {
      long[] known =
          Arrays.stream(encode(expected.text())).filter(id -> id != UNKNOWN_ID).toArray();
      assertThat(known).as(expected.text()).isEqualTo(array(expected.qwen2_ids()));
    }
    assertThat(fixture.qwen2_chat_prompt()).isEqualTo(fixture.chat_prompt());
  }

  @Test
  void any_sequence_of_tokens_survives_decoding_and_encoding() {
    List<String> vocabulary = SyntheticTokenizer.vocabulary();
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 1000; i++) {
      String text =
          random
              .ints(1 + random.nextInt(40), UNKNOWN_ID + 1, vocabulary.size())
              .mapToObj(vocabulary::get)
              .collect(Collectors.joining());
      assertThat(tokenizer.decode(encode(text), true)).isEqualTo(text);
    }
  }

  @Test
  void python_sees_the_same_special_tokens_and_vocabulary_size() {
    List<String> vocabulary = SyntheticTokenizer.vocabulary();

    assertThat(fixture.vocab_size()).isEqualTo(vocabulary.size());
    assertThat(vocabulary.get(fixture.eos_id())).isEqualTo(SyntheticTokenizer.EOS);
    assertThat(vocabulary.get(fixture.pad_id())).isEqualTo(SyntheticTokenizer.PAD);
    assertThat(vocabulary.get(fixture.unk_id())).isEqualTo(SyntheticTokenizer.UNKNOWN);
  }

  @Test
  void the_chat_template_gives_the_prompt_that_the_generator_writes() {
    assertThat(fixture.chat_prompt()).isEqualTo("Compute 7+5.\n");
    assertThat(encode("Compute 7+5.\n")).isEqualTo(array(fixture.chat_prompt_ids()));
    assertThat(fixture.chat_conversation())
        .isEqualTo("Compute 7+5.\n7+5=12\n\\boxed{12}" + SyntheticTokenizer.EOS);
  }

  @Test
  void every_digit_symbol_and_word_is_one_token() {
    assertThat(tokens("Mia has 47 apples. They grow 2-fold.\n"))
        .containsExactly(
            "Mia", " has ", "4", "7", " apples", ".", " They", " grow ", "2", "-fold", ".", "\n");
    assertThat(tokens("Compute (1-2)*3.")).startsWith("Compute ", "(", "1", "-", "2", ")", "*");
    assertThat(tokens("1+2=3\nwait, let me check: 1+2=3\n\\boxed{3}"))
        .containsExactly(
            "1",
            "+",
            "2",
            "=",
            "3",
            "\n",
            "wait",
            ",",
            " let",
            " me",
            " check",
            ": ",
            "1",
            "+",
            "2",
            "=",
            "3",
            "\n",
            "\\boxed{",
            "3",
            "}");
  }

  @Test
  void the_vocabulary_is_small_without_duplicates_and_every_token_is_used() {
    List<String> vocabulary = SyntheticTokenizer.vocabulary();
    boolean[] used = new boolean[vocabulary.size()];
    texts().forEach(text -> Arrays.stream(encode(text)).forEach(id -> used[(int) id] = true));

    assertThat(vocabulary).hasSizeLessThan(128).doesNotHaveDuplicates();
    for (int id = UNKNOWN_ID + 1; id < vocabulary.size(); id++) {
      assertThat(used[id] || vocabulary.get(id).equals(" ")).as(vocabulary.get(id)).isTrue();
    }
  }

  @Test
  void every_prompt_and_demonstration_survives_encoding_and_decoding() {
    texts()
        .forEach(
            text -> {
              long[] ids = encode(text);
              assertThat(ids).as(text).doesNotContain(UNKNOWN_ID);
              assertThat(tokenizer.decode(ids, true)).isEqualTo(text);
            });
  }

  @Test
  void prompts_stay_under_40_tokens_and_responses_with_their_end_under_60() {
    assertThat(problems()).allSatisfy(p -> assertThat(encode(p.prompt())).hasSizeLessThan(40));
    assertThat(responses()).allSatisfy(text -> assertThat(encode(text)).hasSizeLessThan(59));
  }

  @Test
  void text_outside_the_vocabulary_becomes_unknown() {
    assertThat(encode("Zoe has 7 pears")).containsExactly(2, 46, 10, 23, 2);
  }

  @Test
  void the_same_bytes_are_written_every_time(@TempDir Path directory) throws IOException {
    SyntheticTokenizer.write(directory.resolve("a/b"));

    for (String file :
        List.of("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")) {
      assertThat(directory.resolve("a/b").resolve(file))
          .hasSameBinaryContentAs(DIRECTORY.resolve(file));
    }
  }

  @Test
  void the_configuration_names_its_special_tokens() throws IOException {
    JsonObject config =
        JsonParser.parseString(Files.readString(DIRECTORY.resolve("tokenizer_config.json")))
            .getAsJsonObject();

    assertThat(config.get("eos_token").getAsString()).isEqualTo("<|endoftext|>");
    assertThat(config.get("pad_token").getAsString()).isEqualTo("<|pad|>");
    assertThat(config.get("chat_template").getAsString()).isNotBlank();
  }

  @Test
  void a_directory_that_cannot_be_written_is_named(@TempDir Path directory) throws IOException {
    Path file = Files.createFile(directory.resolve("file"));

    assertThatThrownBy(() -> SyntheticTokenizer.write(file))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining(file.toString());
  }

  private static List<Problem> problems() {
    SyntheticMathSettings settings = SyntheticMathSettings.of(11, 1500, 300, List.of(1, 2, 3, 4));
    return Stream.concat(
            SyntheticMath.train(settings).stream(), SyntheticMath.test(settings).stream())
        .toList();
  }

  private static List<String> responses() {
    List<Problem> problems = problems();
    return new DemonstrationWriter(new DemonstrationSettings(5, 0.5, NoiseSettings.DEFAULT))
        .write(problems, problems.size()).stream().map(Demonstration::response).toList();
  }

  private static Stream<String> texts() {
    return Stream.concat(problems().stream().map(Problem::prompt), responses().stream());
  }
}
