package dev.sponge.rl.reward.math;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The gold answers of the MATH training set, where it is at hand. */
class GoldsTest {
  @Test
  void everyGoldOfTheTrainingSetIsUnderstoodAndEqualToItself() throws IOException {
    Path file =
        Path.of(
            System.getProperty("sponge.benchmarks", "../../shared/benchmarks"), "math_train.json");
    Assumptions.assumeTrue(Files.exists(file), "no file " + file);
    Set<String> texts = new TreeSet<>();
    for (JsonElement row : JsonParser.parseString(Files.readString(file)).getAsJsonArray()) {
      JsonElement answer = row.getAsJsonObject().get("answer");
      if (!answer.isJsonNull() && !answer.getAsString().isBlank()) {
        texts.add(answer.getAsString().strip());
      }
    }
    assertThat(texts).hasSizeGreaterThan(2000);
    assertThat(texts).allMatch(gold -> Answers.compared(gold, "$ " + gold + " $.").equal());
  }
}
