package dev.sponge.rl.reward.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The gold answers of the published benchmarks, where their files are present. */
class BenchmarkGoldsTest {
  private static final List<String> FILES =
      List.of("aime.json", "amc.json", "math.json", "minerva.json", "olympiad_bench.json");
  private static final Path DIRECTORY =
      Path.of(System.getProperty("sponge.benchmarks", "../../shared/benchmarks"));

  @BeforeEach
  void filesArePresent() {
    assumeTrue(
        FILES.stream().allMatch(file -> Files.isRegularFile(DIRECTORY.resolve(file))),
        "no benchmark files in " + DIRECTORY + "; name their directory by -Dsponge.benchmarks");
  }

  private static List<String> golds() throws IOException {
    Set<String> golds = new LinkedHashSet<>();
    for (String file : FILES) {
      JsonArray rows =
          JsonParser.parseString(Files.readString(DIRECTORY.resolve(file))).getAsJsonArray();
      for (JsonElement row : rows) {
        JsonElement answer = row.getAsJsonObject().get("answer");
        if (answer.isJsonArray()) {
          answer.getAsJsonArray().forEach(gold -> golds.add(gold.getAsString().strip()));
        } else {
          golds.add(answer.getAsString().strip());
        }
      }
    }
    return List.copyOf(golds);
  }

  @Test
  void everyGoldEqualsItselfInABox() throws IOException {
    List<String> golds = golds();
    assertThat(golds).hasSizeGreaterThan(1000);
    MathVerifier strict = MathVerifier.of(Preset.REWARD);
    MathVerifier lenient = MathVerifier.of(Preset.MATH_VERIFY);
    MathVerifier deepscaler = MathVerifier.of(Preset.DEEPSCALER);
    List<MathVerdict> missed = new ArrayList<>();
    for (String gold : golds) {
      String response = "</think>So the answer is \\boxed{" + gold + "}.";
      missed.add(strict.verify(gold, response));
      missed.add(lenient.verify(gold, response));
      missed.add(deepscaler.verify(gold, response));
    }
    missed.removeIf(MathVerdict::equal);
    assertThat(missed).isEmpty();
  }
}
