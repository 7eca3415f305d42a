package dev.sponge.rl.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoxedIntegerVerifierTest {
  private final Verifier verifier = new BoxedIntegerVerifier();

  private Verdict verify(String response) {
    return verifier.verify(response, "9", false);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "7+5=12\n12-3=9\n\\boxed{9}",
        "\\boxed{9}",
        "\\boxed{9}\n \t",
        "wait, let me check: 12-3=9\n\\boxed{9}"
      })
  void rightAnswerInRightFormatGetsOne(String response) {
    Verdict verdict = verify(response);
    assertThat(verdict).isEqualTo(Verdict.scored(1, true, true, "right"));
  }

  @Test
  void wrongAnswerInRightFormatGetsZero() {
    assertThat(verify("12-4=8\n\\boxed{8}"))
        .isEqualTo(Verdict.scored(0, false, true, "wrong answer"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\\boxed{9} or so",
        "\\boxed{9}.",
        "\\boxed{8} \\boxed{9}",
        "\\boxed{9} \\boxed{9}",
        "\\boxed \\boxed{9}",
        "\\boxed{ 9 }",
        "\\boxed{09}",
        "\\boxed{+9}"
      })
  void rightAnswerInWrongFormatGetsZeroButCountsAsCorrect(String response) {
    Verdict verdict = verify(response);
    assertThat(verdict.reward()).isZero();
    assertThat(verdict.correct()).isTrue();
    assertThat(verdict.formatOk()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "9",
        "the answer is 9",
        "\\boxed{9",
        "\\boxed{9} \\boxed{8}",
        "\\boxed{9} \\boxed{",
        "\\boxed{}",
        "\\boxed{9.0}",
        "\\boxed{9,0}",
        "\\boxed{3*3}",
        "\\boxed{{9}}",
        "\\boxed{-9}",
        "\\boxed{99}",
        "\\boxed{\u0669}", // Arabic-Indic nine: Long.parseLong alone would take it
        "\\boxed{9999999999999999999999999}",
        "\\fbox{9}",
        "boxed{9}"
      })
  void anythingElseGetsZeroAndIsNotCorrect(String response) {
    Verdict verdict = verify(response);
    assertThat(verdict.status()).isEqualTo(RewardStatus.SCORED);
    assertThat(verdict.reward()).isZero();
    assertThat(verdict.correct()).isFalse();
  }

  @Test
  void truncatedResponseGetsZero() {
    Verdict verdict = verifier.verify("\\boxed{9}", "9", true);
    assertThat(verdict).isEqualTo(Verdict.scored(0, true, false, "truncated"));
  }

  @Test
  void negativeAnswersAndZeroAreIntegersToo() {
    assertThat(verifier.verify("\\boxed{-12}", "-12", false).reward()).isEqualTo(1);
    assertThat(verifier.verify("\\boxed{0}", "0", false).reward()).isEqualTo(1);
    assertThat(verifier.verify("\\boxed{-0}", "0", false).formatOk()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nine", "9/2", "12345678901234567890"})
  void unusableGoldAnswerIsAFailureAndNotAZero(String gold) {
    Verdict verdict = verifier.verify("\\boxed{9}", gold, false);
    assertThat(verdict.status()).isEqualTo(RewardStatus.FAILED);
    assertThat(verdict.reward()).isNaN();
    assertThat(verdict.detail()).contains("gold answer");
  }

  @Test
  void missingTextIsAFailure() {
    assertThat(verifier.verify(null, "9", false).status()).isEqualTo(RewardStatus.FAILED);
    assertThat(verifier.verify("\\boxed{9}", null, false).status()).isEqualTo(RewardStatus.FAILED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\\boxed{", "\\boxed", "\\boxed{9}", "}", "{", " ", "\\"})
  void hugeRepetitiveTextIsJudgedAtOnce(String piece) {
    String response = piece.repeat(200_000);
    Verdict verdict =
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(5), () -> verify(response));
    assertThat(verdict.reward()).isZero();
  }

  @Property
  void noTextThrowsAndARewardMeansTheExactEnding(
      @ForAll("texts") String response, @ForAll boolean truncated) {
    Verdict verdict = verifier.verify(response, "9", truncated);
    assertThat(verdict.status()).isEqualTo(RewardStatus.SCORED);
    boolean deserved =
        !truncated
            && response.strip().endsWith("\\boxed{9}")
            && response.split("\\\\boxed", -1).length == 2;
    assertThat(verdict.reward()).isEqualTo(deserved ? 1 : 0);
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> pieces =
        Arbitraries.of("\\boxed{", "\\boxed", "}", "9", "8", "\n", " ", "\\boxed{9}", "12-3=9");
    return Arbitraries.oneOf(
        Arbitraries.strings(), pieces.list().ofMaxSize(6).map(list -> String.join("", list)));
  }

  @Test
  void verdictHasARewardIfAndOnlyIfItIsScored() {
    assertThatThrownBy(() -> new Verdict(RewardStatus.FAILED, 0, false, false, ""))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Verdict.scored(Double.NaN, false, false, ""))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
