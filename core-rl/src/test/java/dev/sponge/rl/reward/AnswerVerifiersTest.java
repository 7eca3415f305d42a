package dev.sponge.rl.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.reward.ExactMatchVerifier.Part;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Exact match, multiple choice and numeric; what all verifiers of an answer share. */
class AnswerVerifiersTest {
  private static final Verifier EXACT = new ExactMatchVerifier(Part.LAST_BOX, 0);
  private static final Verifier WHOLE = new ExactMatchVerifier(Part.RESPONSE, 0);
  private static final Verifier CHOICE = new MultipleChoiceVerifier(0);
  private static final Verifier NUMERIC = new NumericVerifier(1e-3, 0.01, 0);
  private static final String COUNTDOWN_GOLD = "{\"numbers\":[1,2],\"target\":3}";

  private static void assertJudged(
      Verifier verifier, String response, String gold, boolean correct, boolean format) {
    Verdict verdict = verifier.verify(response, gold, false);
    assertThat(verdict.status()).as(verdict.detail()).isEqualTo(RewardStatus.SCORED);
    assertThat(verdict.correct()).as(verdict.detail()).isEqualTo(correct);
    assertThat(verdict.formatOk()).isEqualTo(format);
    assertThat(verdict.reward()).isEqualTo(correct ? 1 : 0);
    assertThat(verdict.detail()).isNotBlank();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // response | gold | correct | format
        "It is \\boxed{ red   green }. | red green | true | true",
        "It is \\boxed{Red green} | red green | false | true",
        "\\boxed{a} then \\boxed{b} | b | true | false",
        "\\boxed{b} then \\boxed{a} | b | false | false",
        "\\boxed{f(\\{x\\}) = {y}} | f(\\{x\\}) = {y} | true | true",
        "\\boxed{a} then \\boxed{b | a | false | false",
        "a | a | false | false",
        "\\boxed{x}} | x | true | true",
        "`\\boxed{\\}` | \\ | false | false",
        "[\\boxed{b}] | [\"a\",\"b\"] | true | true",
        "\\boxed{c} | [\"a\",\"b\"] | false | true",
        "\\boxed{[\"a\",\"b\"]} | [\"a\",\"b\"] | false | true"
      })
  void anExactMatchComparesTheLastBox(
      String response, String gold, boolean correct, boolean format) {
    assertJudged(EXACT, response, gold, correct, format);
  }

  @Test
  void anExactMatchOfTheResponseTakesAllOfItUnlessTruncated() {
    assertJudged(WHOLE, " the\n answer ", "the answer", true, true);
    assertJudged(WHOLE, "the answer.", "the answer", false, true);
    assertJudged(WHOLE, "", "a", false, true);
    Verdict truncated = WHOLE.verify("the answer", "the answer", true);
    assertThat(truncated.correct()).isFalse();
    assertThat(truncated.formatOk()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "A",
        " A ",
        "a",
        "(A)",
        "A.",
        "A)",
        "A:",
        "(a)",
        "\\text{A}",
        "\\text{(A)}",
        "\\textbf{A.}",
        "\\mathrm{ A }",
        "\\textbf{\\text{(A)}}"
      })
  void aChoiceIsALetterInAnyDress(String box) {
    assertJudged(CHOICE, "so \\boxed{" + box + "}", "A", true, true);
    assertJudged(CHOICE, "so \\boxed{" + box + "}", "(B)", false, true);
    assertJudged(CHOICE, "so \\boxed{" + box + "}", "[\"C\",\"A\"]", true, true);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "AB",
        "A, B",
        "A or B",
        "",
        "1",
        "A. 42",
        "\\text{A} \\text{B}",
        "(A",
        "\\frac{A}",
        "Ä",
        "[A]"
      })
  void whatIsNoSingleLetterIsNoChoice(String box) {
    assertJudged(CHOICE, "\\boxed{" + box + "}", "A", false, true);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // box | gold | correct; relative 1e-3, absolute 0.01
        "1000 | 1000 | true",
        "1001 | 1000 | true",
        "1001.001 | 1000 | false",
        "0.01 | 0 | true",
        "0.0100001 | 0 | false",
        "-5 | 5 | false",
        "-5.005 | -5 | true",
        "1,234,567 | 1234567 | true",
        "1{,}234 | 1234 | true",
        "12,34 | 1234 | false",
        "1.5e3 | 1500 | true",
        "1.5 \\times 10^{3} | 1500 | true",
        "1.5 \\cdot 10^3 | 1500 | true",
        "6.67\\times10^{-11} | 6.67e-11 | true",
        "3/4 | 0.75 | true",
        "\\frac{3}{4} | 0.75 | true",
        "-\\dfrac{3}{4} | -0.75 | true",
        "$42$ | 42 | true",
        "1/0 | 0 | false",
        "1e9999 | 0 | false",
        "42 m | 42 | false",
        "x | 42 | false",
        ". | 0 | false",
        "0.3333 | 1/3 | true",
        "7 | [\"42\",\"7\"] | true"
      })
  void aNumberIsCloseOrNot(String box, String gold, boolean correct) {
    assertJudged(NUMERIC, "\\boxed{" + box + "}", gold, correct, true);
  }

  @Property(tries = 200)
  void theNumericDistanceIsExact(@ForAll int gold, @ForAll int step) {
    Verifier exact = new NumericVerifier(0, 0, 0);
    assertThat(exact.verify("\\boxed{" + gold + "}", gold + ".0", false).correct()).isTrue();
    assertThat(
            exact
                .verify("\\boxed{" + gold + "." + "0".repeat(30) + "1}", "" + gold, false)
                .correct())
        .isFalse();
    long distance = Math.abs((long) step);
    Verifier absolute = new NumericVerifier(0, distance, 0);
    assertThat(absolute.verify("\\boxed{" + (gold + distance) + "}", "" + gold, false).correct())
        .isTrue();
    assertThat(
            absolute.verify("\\boxed{" + (gold + distance + 1) + "}", "" + gold, false).correct())
        .isFalse();
  }

  @Test
  void aGoldThatIsNotUnderstoodFailsAndIsNoZero() {
    for (Verifier verifier : all(0)) {
      Verdict none = verifier.verify("\\boxed{1}", null, false);
      assertThat(none.status()).as(verifier.id()).isEqualTo(RewardStatus.FAILED);
      assertThat(verifier.verify(null, "1", false).status()).isEqualTo(RewardStatus.FAILED);
      assertThat(verifier.verify("\\boxed{1}", " ", false).status()).isEqualTo(RewardStatus.FAILED);
    }
    assertThat(NUMERIC.verify("\\boxed{1}", "[\"1\",\"one\"]", false).detail()).contains("one");
    assertThat(CHOICE.verify("\\boxed{1}", "AB", false).status()).isEqualTo(RewardStatus.FAILED);
  }

  @Test
  void theFormatAddsItsWeightAndMarksTheVersion() {
    List<Verifier> plain = all(0);
    List<Verifier> weighted = all(0.25);
    for (int i = 0; i < plain.size(); i++) {
      Verifier verifier = weighted.get(i);
      String gold = verifier.id().equals("countdown") ? COUNTDOWN_GOLD : "C";
      gold = verifier.id().equals("numeric") ? "9" : gold;
      assertThat(verifier.version()).isEqualTo(plain.get(i).version() + "+format0.25");
      assertThat(verifier.verify("\\boxed{?}", gold, false).reward()).isEqualTo(0.25);
      assertThat(verifier.verify("\\boxed{?} \\boxed{?}", gold, false).reward()).isZero();
      assertThat(verifier.verify("\\boxed{?}", gold, true).reward()).isZero();
    }
    assertThat(weighted.get(1).verify("\\boxed{C}", "C", false).reward()).isEqualTo(1.25);
    assertThatThrownBy(() -> new ExactMatchVerifier(Part.RESPONSE, 0.1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new MultipleChoiceVerifier(Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new NumericVerifier(-1, 0, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Property(tries = 300)
  void everyResponseIsJudged(
      @ForAll @CharRange(from = '!', to = '~') String inside, @ForAll boolean truncated) {
    for (Verifier verifier : all(0.5)) {
      String gold = verifier.id().equals("countdown") ? COUNTDOWN_GOLD : "1";
      gold = verifier.id().equals("multiple-choice") ? "A" : gold;
      for (String text : List.of(inside, "\\boxed{" + inside, "<answer>" + inside + "</answer>")) {
        Verdict verdict = verifier.verify(text, gold, truncated);
        assertThat(verdict.status()).isEqualTo(RewardStatus.SCORED);
        assertThat(verifier.verify(text, gold, truncated)).isEqualTo(verdict);
      }
    }
  }

  @Test
  void hugeResponsesTakeLinearTime() {
    String megabyte = "\\boxed{".repeat(150_000);
    org.junit.jupiter.api.Assertions.assertTimeout(
        Duration.ofSeconds(5),
        () -> {
          for (Verifier verifier : all(0)) {
            String gold = verifier.id().equals("countdown") ? COUNTDOWN_GOLD : "1";
            verifier.verify(megabyte, gold, false);
            verifier.verify(megabyte + "}".repeat(150_000), gold, false);
            verifier.verify("\\boxed{" + "1,".repeat(500_000) + "}", gold, false);
            verifier.verify("<answer>" + "(".repeat(1_000_000) + "</answer>", gold, false);
          }
        });
  }

  private static List<Verifier> all(double weight) {
    return List.of(
        new ExactMatchVerifier(Part.LAST_BOX, weight),
        new MultipleChoiceVerifier(weight),
        new NumericVerifier(1e-6, 0, weight),
        new CountdownVerifier(true, weight));
  }
}
