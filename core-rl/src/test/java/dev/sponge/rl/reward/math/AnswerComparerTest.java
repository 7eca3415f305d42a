package dev.sponge.rl.reward.math;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerComparerTest {
  private static final VerifyOptions STANDARD = VerifyOptions.STANDARD;

  @Test
  void acceptsEveryPairOfTheEqualList() {
    List<String> pairs = Answers.lines("equal.tsv");
    assertThat(pairs).hasSizeGreaterThan(200);
    assertThat(
            pairs.stream()
                .filter(pair -> !Answers.compared(sides(pair)[0], sides(pair)[1]).equal()))
        .isEmpty();
  }

  @Test
  void rejectsEveryPairOfTheDifferentList() {
    List<String> pairs = Answers.lines("different.tsv");
    assertThat(pairs).hasSizeGreaterThan(150);
    assertThat(
            pairs.stream()
                .filter(
                    pair -> Answers.outcome(sides(pair)[0], sides(pair)[1]) != Outcome.DIFFERENT))
        .isEmpty();
  }

  @Test
  void seesNoEqualityAfterTheSidesAreSwapped() {
    List<String> oneWay =
        Answers.lines("different.tsv").stream()
            .filter(pair -> Answers.outcome(sides(pair)[1], sides(pair)[0]) == Outcome.EQUAL)
            .toList();
    assertThat(oneWay)
        .as("words that are no unit count in the gold answer only")
        .containsExactly("14\t14\\text{ right triangles}");
  }

  @Test
  void comparesEveryAnswerOfTheListsWithItself() {
    for (String list : List.of("equal.tsv", "different.tsv")) {
      for (String pair : Answers.lines(list)) {
        for (String side : sides(pair)) {
          assertThat(Answers.compared(side, side).equal()).as(side).isTrue();
        }
      }
    }
  }

  private static String[] sides(String pair) {
    return pair.split("\t");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\\frac12|\\dfrac{1}{2}|TEXT",
        "\\frac12|0.5|EXACT",
        "(x+1)^2|x^2+2x+1|MODULAR",
        "\\sqrt{8}|2\\sqrt{2}|NUMERIC",
        "\\pi|3.141593|NUMERIC",
        "(1,2)|(1,\\frac{4}{2})|STRUCTURE",
        "\\text{east}|East|TEXT"
      })
  void tellsWhatDecided(String gold, String answer, String method) {
    assertThat(Answers.compared(gold, answer))
        .isEqualTo(new Comparison(Outcome.EQUAL, Method.valueOf(method)));
  }

  @Test
  void acceptsAPercentSignAsAUnitOnlyIfLenient() {
    VerifyOptions strict =
        new VerifyOptions(6, true, false, true, false, Units.KNOWN, Limits.STANDARD);
    assertThat(Answers.compared("8\\%", "8", STANDARD).equal()).isTrue();
    assertThat(Answers.compared("8\\%", "8", strict).equal()).isFalse();
    assertThat(Answers.compared("8\\%", "0.08", strict).equal()).isTrue();
  }

  @Test
  void roundsDecimalsThatEndOnlyIfAsked() {
    VerifyOptions rounding =
        new VerifyOptions(6, false, true, true, false, Units.KNOWN, Limits.STANDARD);
    assertThat(Answers.compared("204", "204.0000001", STANDARD).equal()).isFalse();
    assertThat(Answers.compared("204", "204.0000001", rounding).equal()).isTrue();
    assertThat(Answers.compared("204", "204.00001", rounding).equal()).isFalse();
  }

  @Test
  void roundsToTheGivenPlaces() {
    VerifyOptions three =
        new VerifyOptions(3, true, true, true, false, Units.KNOWN, Limits.STANDARD);
    assertThat(Answers.compared("\\pi", "3.142", STANDARD).equal()).isFalse();
    assertThat(Answers.compared("\\pi", "3.142", three).equal()).isFalse();
    assertThat(Answers.compared("1000\\pi", "3141.593", three).equal()).isTrue();
  }

  @Test
  void matchesVariablesByOrderOnlyIfNotStrict() {
    VerifyOptions loose =
        new VerifyOptions(6, true, true, false, false, Units.KNOWN, Limits.STANDARD);
    assertThat(Answers.compared("2n+m", "2y+x", STANDARD).equal()).isFalse();
    assertThat(Answers.compared("2n+m", "2y+x", loose).equal()).isTrue();
    assertThat(Answers.compared("2n+m", "y+2x", loose).equal()).isFalse();
    assertThat(Answers.compared("(1,2)", "\\{2,1\\}", loose).equal()).isTrue();
  }

  @Test
  void acceptsARelationForASetOnlyIfAsked() {
    VerifyOptions both = new VerifyOptions(6, true, true, true, true, Units.KNOWN, Limits.STANDARD);
    assertThat(Answers.compared("(2,\\infty)", "x > 2", STANDARD).equal()).isFalse();
    assertThat(Answers.compared("(2,\\infty)", "x > 2", both).equal()).isTrue();
    assertThat(Answers.compared("(2,\\infty)", "x \\ge 2", both).equal()).isFalse();
  }

  @Test
  void ignoresAnyWordsAfterANumberOnlyIfAsked() {
    VerifyOptions any = new VerifyOptions(6, true, true, true, false, Units.ANY, Limits.STANDARD);
    assertThat(Answers.compared("14", "14\\text{ right triangles}", STANDARD).equal()).isFalse();
    assertThat(Answers.compared("14", "14\\text{ right triangles}", any).equal()).isTrue();
    assertThat(Answers.compared("14", "14\\text{ million}", any).equal()).isFalse();
  }

  @Test
  void givesTheSameVerdictInEveryLocale() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("tr-TR"));
      assertThat(Answers.compared("\\text{(I)}", "\\text{(i)}").equal()).isTrue();
      assertThat(Answers.compared("3 \\text{ INCHES}", "3\\text{ in}").equal()).isTrue();
    } finally {
      Locale.setDefault(before);
    }
  }
}
