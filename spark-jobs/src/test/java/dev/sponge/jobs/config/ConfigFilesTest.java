package dev.sponge.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Surefire runs in the module directory; the shipped config files lie beside it. */
class ConfigFilesTest {
  private static final Path CONF = Path.of("..", "conf");
  private static final Pattern KEY = Pattern.compile("\\s*[\"\\w.-]+\\s*(\\+?=|:|\\{).*");

  @TempDir Path directory;

  /**
   * Lines that set a key or open a section without a comment on the line above; the label of a
   * study's variant says as much as a comment.
   */
  static List<String> undocumented(List<String> lines) {
    List<String> found = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      boolean commented =
          lines.get(i).contains("label = ")
              || (i > 0 && lines.get(i - 1).strip().matches("#\\s*\\S.*"));
      if (KEY.matcher(lines.get(i)).matches() && !commented) {
        found.add(lines.get(i).strip());
      }
    }
    return found;
  }

  @Test
  void everyKeyHasACommentAboveIt() throws IOException {
    assertThat(undocumented(Files.readAllLines(Path.of("src/main/resources/sponge-defaults.conf"))))
        .isEmpty();
    for (Path file : confFiles()) {
      assertThat(undocumented(Files.readAllLines(file))).as(file.toString()).isEmpty();
    }
  }

  @Test
  void theRuleFindsAKeyWithoutComment() {
    assertThat(undocumented(List.of("# run", "run {", "  steps = 3", "  # seed", "  seed = 1")))
        .containsExactly("steps = 3");
  }

  @Test
  void everyShippedFileIsAValidConfiguration() throws IOException {
    assertThat(confFiles()).isNotEmpty();
    for (Path file : confFiles()) {
      if (hasSection(file, "variants")) {
        assertThat(StudyConfig.load(file).variants()).as(file.toString()).isNotEmpty();
      } else if (hasSection(file, "presets")) {
        assertThat(StudyConfig.load(studyOfPresets(file)).variants()).isNotEmpty();
      } else {
        SpongeConfig.load(Optional.of(file), Map.of());
      }
    }
  }

  @Test
  void quickstartStatesReincarnationAndLambda() {
    SpongeConfig config = SpongeConfig.load(Optional.of(CONF.resolve("quickstart.conf")), Map.of());
    assertThat(config.reincarnation().at().orElseThrow()).isLessThan(config.run().steps());
    assertThat(config.evaluation().problems()).isGreaterThanOrEqualTo(512);
    assertThat(config.evaluation().samples()).isGreaterThanOrEqualTo(4);
  }

  /** A study with every preset for a variant. */
  private Path studyOfPresets(Path file) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append(
        "include \"%s\"\nstudy { name = all, seeds = [1] }\n".formatted(file.toAbsolutePath()));
    Set<String> presets = ConfigFactory.parseFile(file.toFile()).getObject("presets").keySet();
    assertThat(presets).isNotEmpty();
    presets.forEach(key -> text.append("variants.%s.set = ${presets.%s}%n".formatted(key, key)));
    return Files.writeString(directory.resolve("presets.conf"), text);
  }

  private static boolean hasSection(Path file, String name) throws IOException {
    return Files.readAllLines(file).contains(name + " {");
  }

  private static List<Path> confFiles() throws IOException {
    try (Stream<Path> files = Files.list(CONF)) {
      return files.filter(file -> file.toString().endsWith(".conf")).sorted().toList();
    }
  }
}
