package dev.sponge.jobs.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CurveFileTest {
  @TempDir Path directory;

  @Test
  void curvesComeBackAsTheyWereWritten() {
    Curve curve = Curves.of("remix", 3, 0, .1, .25);
    CurveFile.open(directory).put(curve);
    assertThat(CurveFile.open(directory).find("remix", 3, "hash")).contains(curve);
  }

  @Test
  void aCurveOfAnotherConfigurationDoesNotCountAndIsReplaced() throws IOException {
    CurveFile file = CurveFile.open(directory);
    file.put(Curves.of("remix", 3, 0, .1));
    assertThat(file.find("remix", 3, "other")).isEmpty();
    assertThat(file.find("remix", 4, "hash")).isEmpty();
    file.put(Curves.of("remix", 3, 0, .7));
    assertThat(Files.readAllLines(directory.resolve(CurveFile.NAME))).hasSize(1);
    assertThat(file.find("remix", 3, "hash").orElseThrow().last().sampled()).isEqualTo(.7);
  }

  @Test
  void theFileDoesNotDependOnTheOrderInWhichRunsEnd() throws IOException {
    CurveFile one = CurveFile.open(directory.resolve("one"));
    CurveFile other = CurveFile.open(directory.resolve("other"));
    for (int seed = 1; seed <= 3; seed++) {
      one.put(Curves.of("a", seed, 0, .1));
      one.put(Curves.of("b", seed, 0, .2));
      other.put(Curves.of("b", 4 - seed, 0, .2));
      other.put(Curves.of("a", 4 - seed, 0, .1));
    }
    assertThat(directory.resolve("one").resolve(CurveFile.NAME))
        .hasSameBinaryContentAs(directory.resolve("other").resolve(CurveFile.NAME));
  }

  @Test
  void aLineThatIsNoCurveIsNamed() throws IOException {
    CurveFile.open(directory).put(Curves.of("a", 1, 0, .1));
    for (String bad : new String[] {"{\"variant\": 3", "{}", "null", "[1]"}) {
      Path file = directory.resolve(CurveFile.NAME);
      String first = Files.readAllLines(file).get(0);
      Files.writeString(file, first + "\n" + bad + "\n");
      assertThatThrownBy(() -> CurveFile.open(directory))
          .isInstanceOf(UserError.class)
          .hasMessageContaining(CurveFile.NAME + ":2");
    }
  }
}
