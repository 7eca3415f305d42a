package dev.sponge.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StudyConfigTest {
  private static final String GOOD =
      """
      study { name = s, seeds = [1, 2] }
      run.steps = 7
      reincarnation.step = 3
      variants {
        a { label = "A", set { training.learning_rate = 2e-4 } }
        b { baseline = a, group = "rates" }
      }
      """;

  @TempDir Path directory;

  private StudyConfig load(String text) throws IOException {
    return StudyConfig.load(Files.writeString(directory.resolve("study.conf"), text));
  }

  @Test
  void aRunHasTheSharedKeysItsVariantsAndItsOwn() throws IOException {
    StudyConfig study = load(GOOD);
    SpongeConfig a = study.variants().get(0).run(2);
    assertThat(a.run().name()).isEqualTo("a-s2");
    assertThat(a.run().seed()).isEqualTo(2);
    assertThat(a.run().steps()).isEqualTo(7);
    assertThat(a.training().learningRate()).isEqualTo(2e-4);
    assertThat(study.variants().get(1).run(1).training().learningRate()).isEqualTo(3e-4);
    assertThat(study.variants().get(1).group()).isEqualTo("rates");
    assertThat(study.variants().get(1).label()).isEqualTo("b");
    assertThat(study.study().parallel()).isEqualTo(2);
  }

  @Test
  void variantsStandInTheOrderOfTheFile() throws IOException {
    StudyConfig study = load(GOOD.replace(" a {", " c {").replace("baseline = a", "baseline = c"));
    assertThat(study.variants()).extracting(StudyConfig.Variant::key).containsExactly("c", "b");
  }

  @Test
  void anIncludedFileCountsFromItsIncluderAndMustExist() throws IOException {
    Path deeper = Files.createDirectory(directory.resolve("deeper"));
    Files.writeString(deeper.resolve("shared.conf"), "include \"more.conf\"\nrun.steps = 9");
    Files.writeString(deeper.resolve("more.conf"), "evaluation.every = 3");
    StudyConfig study = load("include \"deeper/shared.conf\"\n" + GOOD.replace("run.steps", "#"));
    assertThat(study.variants().get(0).run(1).run().steps()).isEqualTo(9);
    assertThat(study.variants().get(0).run(1).evaluation().every()).isEqualTo(3);

    assertThatThrownBy(() -> load("include \"deeper/shraed.conf\"\n" + GOOD))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("study.conf includes \"deeper/shraed.conf\", which cannot be read");
  }

  @Test
  void includesAreFoundFromAFileNamedWithoutItsDirectory() throws IOException {
    Path here = Path.of("included-test.conf");
    Path by = Path.of("including-test.conf");
    try {
      Files.writeString(here, "run.steps = 11");
      Files.writeString(by, "include \"included-test.conf\"");
      assertThat(SpongeConfig.load(Optional.of(by), Map.of()).run().steps()).isEqualTo(11);
    } finally {
      Files.deleteIfExists(here);
      Files.deleteIfExists(by);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name = s | nam = s | Unknown key study.nam. Did you mean name",
        "[1, 2] | [1, 1] | study.seeds = [1, 1]",
        "[1, 2] | [] | study.seeds = []",
        "name = s | name = Study | study.name = \"Study\"",
        "baseline = a | baseline = c | variants.b.baseline = c is no variant",
        "baseline = a | base = a | Unknown key variants.b.base",
        "learning_rate = 2e-4 | learning_rates = 2e-4 | Variant a of the study: Unknown key training.learning_rates",
        "steps = 7 | step = 7 | Variant a of the study: Unknown key run.step",
        "learning_rate = 2e-4 | learning_rate = -1 | Variant a of the study: training.learning_rate",
        "variants | variant | is no study"
      })
  void whatIsWrongIsNamed(String from, String to, String message) {
    assertThat(GOOD).contains(from);
    assertThatThrownBy(() -> load(GOOD.replace(from, to)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(message);
  }
}
