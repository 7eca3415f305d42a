package dev.sponge.rl.reward.math;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * The gold answers of the published benchmarks and of the MATH training set, where they are at
 * hand.
 */
class GoldsTest {
  /**
   * Pairs of golds that are written differently and are equal: decimal and fraction, or another
   * order of operations.
   */
  private static final Set<String> KNOWN =
      Set.of(
          "(1/10) and 0.1",
          "(5/4) and 1.25",
          "(8/5) and 1.6",
          "(9/2) and 4.5",
          "0.33 and (33/100)",
          "((10^-3)*1) and (10^-3)",
          "1.2 and (6/5)",
          "1.5 and (3/2)",
          "1.75 and (7/4)",
          "((10^-10)*3.3) and 0.00000000033",
          "((10^-10)*3.61) and 0.000000000361",
          "((10^7)*4.4) and 44000000",
          "arcsin((10/13)) and arcsin((1/1.3))",
          "((1/root(2,2))*c) and (c/root(2,2))",
          "((1/m)*t) and (t/m)",
          "((-((\\omega*i)/4)+-(\\omega^2)+2)/(((63/16)*(\\omega^2)*-1)+(\\omega^4)+4)) and ((((\\omega/4)*-1*i)+-(\\omega^2)+2)/(((63/16)*(\\omega^2)*-1)+(\\omega^4)+4))",
          "(((i*pi)/3)+log(2)) and (((pi/3)*i)+log(2))");

  private static List<Answer> golds(String... files) throws IOException {
    Path folder = Path.of(System.getProperty("sponge.benchmarks", "../../shared/benchmarks"));
    Assumptions.assumeTrue(Files.isDirectory(folder), "no benchmark files in " + folder);
    Set<String> texts = new TreeSet<>();
    for (String file : files) {
      JsonArray rows =
          JsonParser.parseString(Files.readString(folder.resolve(file))).getAsJsonArray();
      for (JsonElement row : rows) {
        JsonElement answer = row.getAsJsonObject().get("answer");
        for (JsonElement each : answer.isJsonArray() ? answer.getAsJsonArray() : List.of(answer)) {
          if (!each.isJsonNull() && !each.getAsString().isBlank()) {
            texts.add(each.getAsString().strip());
          }
        }
      }
    }
    return texts.stream().map(Answers::parsed).toList();
  }

  private static List<Answer> benchmarks() throws IOException {
    return golds("aime.json", "amc.json", "math.json", "minerva.json", "olympiad_bench.json");
  }

  @Test
  void everyGoldIsUnderstoodAndEqualToItself() throws IOException {
    List<Answer> golds = benchmarks();
    assertThat(golds).hasSizeGreaterThan(900);
    assertThat(golds)
        .allMatch(
            gold ->
                AnswerComparer.compare(
                        gold, Answers.parsed(" $" + gold.text() + "$."), VerifyOptions.STANDARD)
                    .equal());
  }

  @Test
  void everyGoldOfTheTrainingSetIsUnderstoodAndEqualToItself() throws IOException {
    List<Answer> golds = golds("math_train.json");
    assertThat(golds).hasSizeGreaterThan(2000);
    assertThat(golds)
        .allMatch(gold -> AnswerComparer.compare(gold, gold, VerifyOptions.STANDARD).equal());
  }

  /**
   * Different golds that are equal differ in spelling, as decimal and fraction, in a unit, or in
   * the name before an equals sign.
   */
  @Test
  void differentGoldsAreEqualOnlyForAReason() throws IOException {
    List<Answer> golds = benchmarks();
    List<String> unexplained = new ArrayList<>();
    int equal = 0;
    for (int i = 0; i < golds.size(); i++) {
      for (int j = i + 1; j < golds.size(); j++) {
        Answer first = golds.get(i);
        Answer second = golds.get(j);
        if (AnswerComparer.compare(first, second, VerifyOptions.STANDARD).equal()) {
          equal++;
          if (!first.canonical().equals(second.canonical())
              && !core(first).equals(core(second))
              && !KNOWN.contains(core(first) + " and " + core(second))) {
            unexplained.add(core(first) + " and " + core(second));
          }
        }
      }
    }
    assertThat(equal).isBetween(100, 300);
    assertThat(unexplained).isEmpty();
  }

  /** The gold without units, degree and percent signs and the name before an equals sign. */
  private static String core(Answer gold) {
    String text =
        gold.canonical()
            .replaceFirst(" \\[[^\\]]*\\]$", "")
            .replaceFirst("^\\((\\S+) (degree|celsius)\\)$", "$1")
            .replaceFirst("%$", "");
    return text.replaceFirst("^[^=]* = ", "");
  }
}
