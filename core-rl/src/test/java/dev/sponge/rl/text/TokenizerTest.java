package dev.sponge.rl.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {
  @TempDir Path directory;

  @BeforeEach
  void writeTokenizer() throws IOException {
    TinyTokenizer.write(directory);
  }

  private void replace(String file, String from, String to) throws IOException {
    Path path = directory.resolve(file);
    String text = Files.readString(path);
    assertThat(text).contains(from);
    Files.writeString(path, text.replace(from, to));
  }

  private void assertRefused(String... parts) {
    assertThatThrownBy(() -> Tokenizer.load(directory).close())
        .isInstanceOf(UserError.class)
        .satisfies(error -> assertThat(List.of(parts)).allMatch(error.getMessage()::contains));
  }

  @Test
  void idsAreThoseOfTheVocabularyAndNothingIsAdded() {
    try (Tokenizer tokenizer = Tokenizer.load(directory)) {
      assertThat(tokenizer.encode("12+3=\n")).containsExactly(4, 5, 13, 6, 14, 15);
      assertThat(tokenizer.encode("")).isEmpty();
      assertThat(tokenizer.encode("1x")).containsExactly(4, 2);
      assertThat(tokenizer.encode("1<eos>")).containsExactly(4, 1);
      assertThat(tokenizer.eosId()).isEqualTo(1);
      assertThat(tokenizer.padId()).isEqualTo(0);
      assertThat(tokenizer.vocabSize()).isEqualTo(16);
    }
  }

  @Test
  void decodingSkipsSpecialTokensAndUnknownIds() {
    try (Tokenizer tokenizer = Tokenizer.load(directory)) {
      assertThat(tokenizer.decode(new int[] {0, 4, 5, 1, 0})).isEqualTo("12");
      assertThat(tokenizer.decode(new int[] {4, 99_999, 5})).isEqualTo("12");
      assertThat(tokenizer.decode(new int[] {})).isEmpty();
      assertThatThrownBy(() -> tokenizer.decode(new int[] {4, -1}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("-1 at position 1");
    }
  }

  @Test
  void longTextIsNeitherCutNorPadded() throws IOException {
    replace(
        "tokenizer.json",
        "{\"version\":\"1.0\"",
        "{\"version\":\"1.0\",\"truncation\":{\"direction\":\"Right\",\"max_length\":4,"
            + "\"strategy\":\"LongestFirst\",\"stride\":0},\"padding\":{\"strategy\":{\"Fixed\":8},"
            + "\"direction\":\"Right\",\"pad_to_multiple_of\":null,\"pad_id\":0,"
            + "\"pad_type_id\":0,\"pad_token\":\"<pad>\"}");
    try (Tokenizer tokenizer = Tokenizer.load(directory)) {
      assertThat(tokenizer.encode("12")).hasSize(2);
      assertThat(tokenizer.encode("7".repeat(3000))).hasSize(3000).containsOnly(10);
    }
  }

  @Test
  void anyTextOfTheAlphabetSurvivesARoundTrip() {
    Random random = new Random(1);
    try (Tokenizer tokenizer = Tokenizer.load(directory)) {
      for (int i = 0; i < 200; i++) {
        StringBuilder text = new StringBuilder();
        random
            .ints(random.nextInt(40), 0, TinyTokenizer.ALPHABET.length())
            .forEach(c -> text.append(TinyTokenizer.ALPHABET.charAt(c)));
        int[] ids = tokenizer.encode(text.toString());
        assertThat(ids).hasSize(text.length());
        assertThat(tokenizer.decode(ids)).isEqualTo(text.toString());
      }
    }
  }

  @Test
  void anyTextAtAllGivesIdsOfTheVocabulary() {
    try (Tokenizer tokenizer = Tokenizer.load(directory)) {
      for (String text :
          List.of("\ud83d\ude00", "\u0000", "\u4e2d\u6587", "\ud800", "1\udc002", "\uffff")) {
        assertThat(IntStream.of(tokenizer.encode(text)).boxed())
            .isNotEmpty()
            .allMatch(id -> id >= 0 && id < 16);
      }
    }
  }

  @Test
  void threadsMayShareOneTokenizer() {
    try (Tokenizer tokenizer = Tokenizer.load(directory)) {
      List<String> texts =
          IntStream.range(0, 400)
              .parallel()
              .mapToObj(i -> tokenizer.decode(tokenizer.encode(i + "+" + i + "=")))
              .toList();
      for (int i = 0; i < texts.size(); i++) {
        assertThat(texts.get(i)).isEqualTo(i + "+" + i + "=");
      }
    }
  }

  @Test
  void aSpecialTokenMayBeAnObject() throws IOException {
    replace("tokenizer_config.json", "\"<eos>\"", "{\"content\":\"<eos>\",\"special\":true}");
    try (Tokenizer tokenizer = Tokenizer.load(directory)) {
      assertThat(tokenizer.eosId()).isEqualTo(1);
    }
  }

  @Test
  void plainPromptsGetTheSpecialTokensOfThePostProcessorAndChatsDoNot() throws IOException {
    try (Tokenizer tokenizer = Tokenizer.load(directory)) {
      assertThat(tokenizer.encodePlain("1+2")).isEqualTo(tokenizer.encode("1+2"));
    }
    replace(
        "tokenizer.json",
        "\"version\":",
        """
        "post_processor": {"type": "TemplateProcessing",
          "single": [{"SpecialToken": {"id": "<unk>", "type_id": 0}},
                     {"Sequence": {"id": "A", "type_id": 0}}],
          "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
          "special_tokens": {"<unk>": {"id": "<unk>", "ids": [2], "tokens": ["<unk>"]}}},
        "version":""");
    try (Tokenizer tokenizer = Tokenizer.load(directory)) {
      assertThat(tokenizer.encode("1")).containsExactly(4);
      assertThat(tokenizer.encodePlain("1")).containsExactly(2, 4);
    }
  }

  @Test
  void aMissingOrUnknownEosIsNamed() throws IOException {
    replace("tokenizer_config.json", "\"eos_token\":\"<eos>\"", "\"eos_token\":null");
    assertRefused("tokenizer_config.json", "eos_token");
    for (String key : List.of("eos_token", "pad_token", "bos_token")) {
      TinyTokenizer.write(directory);
      replace("tokenizer_config.json", "{", "{\"bos_token\":\"<eos>\",");
      String config = Files.readString(directory.resolve("tokenizer_config.json"));
      Files.writeString(
          directory.resolve("tokenizer_config.json"),
          config.replaceFirst("\"" + key + "\":\"<...>\"", "\"" + key + "\":\"<end>\""));
      assertRefused(key, "<end>", "not in the vocabulary");
    }
  }

  @Test
  void padIsThatOfTheTokenizerElseOfTheModelElseTheEos() throws IOException {
    OptionalInt none = OptionalInt.empty();
    try (Tokenizer tokenizer = Tokenizer.load(directory, OptionalInt.of(7), none)) {
      assertThat(tokenizer.padId()).isEqualTo(0);
    }
    replace("tokenizer_config.json", "\"pad_token\":\"<pad>\"", "\"pad_token\":null");
    try (Tokenizer ofModel = Tokenizer.load(directory, OptionalInt.of(7), none);
        Tokenizer alone = Tokenizer.load(directory)) {
      assertThat(ofModel.padId()).isEqualTo(7);
      assertThat(alone.padId()).isEqualTo(1);
    }
  }

  @Test
  void bosIsThatOfTheTokenizerElseOfTheModel() throws IOException {
    OptionalInt none = OptionalInt.empty();
    try (Tokenizer ofModel = Tokenizer.load(directory, none, OptionalInt.of(7));
        Tokenizer alone = Tokenizer.load(directory)) {
      assertThat(ofModel.bosId()).hasValue(7);
      assertThat(alone.bosId()).isEmpty();
    }
    replace("tokenizer_config.json", "{", "{\"bos_token\":\"<unk>\",");
    try (Tokenizer tokenizer = Tokenizer.load(directory, none, OptionalInt.of(7))) {
      assertThat(tokenizer.bosId()).hasValue(2);
      assertThat(tokenizer.encode("1")).containsExactly(4);
    }
  }

  @Test
  void theSpecialTokensMapNamesWhatTheConfigurationLeavesOut() throws IOException {
    replace("tokenizer_config.json", "\"eos_token\":\"<eos>\",", "");
    replace("special_tokens_map.json", "\"<eos>\"", "{\"content\":\"<unk>\"}");
    try (Tokenizer tokenizer = Tokenizer.load(directory)) {
      assertThat(tokenizer.eosId()).isEqualTo(2);
    }
    Files.writeString(directory.resolve("special_tokens_map.json"), "[]");
    assertRefused("special_tokens_map.json");
    Files.delete(directory.resolve("special_tokens_map.json"));
    assertRefused("tokenizer_config.json", "eos_token");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tokenizer.json", "tokenizer_config.json"})
  void aMissingOrBrokenFileIsNamed(String name) throws IOException {
    Path file = directory.resolve(name);
    for (String text : List.of("", "{", "[]", "{} {}", "nonsense")) {
      Files.writeString(file, text);
      assertRefused(name);
    }
    Files.write(file, new byte[] {(byte) 0xC3, 0x28});
    assertRefused(name);
    Files.delete(file);
    assertRefused(name, "missing");
  }

  @Test
  void aTokenizerThatTheNativeLibraryRefusesIsAUserError() throws IOException {
    replace("tokenizer.json", "WordLevel", "NoSuchModel");
    assertRefused("tokenizer.json");
    TinyTokenizer.write(directory);
    replace("tokenizer.json", "\"+\":13", "\"+\":-13");
    assertRefused("tokenizer.json", "-13");
  }
}
