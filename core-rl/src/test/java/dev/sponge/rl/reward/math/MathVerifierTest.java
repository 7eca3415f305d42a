package dev.sponge.rl.reward.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.UserError;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MathVerifierTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // gold | response | reward | math-verify | deepscaler
        "8 | \\boxed{8} | EQUAL | EQUAL | NO_ANSWER",
        "8 | <think>7?</think>\\boxed{8} | EQUAL | EQUAL | EQUAL",
        "8 | </think>\\boxed{9} | DIFFERENT | DIFFERENT | DIFFERENT",
        "8 | <think>\\boxed{8}</think> It is 7. | NO_ANSWER | EQUAL | NO_ANSWER",
        "8 | </think>\\boxed{7} or better \\boxed{8} | NO_ANSWER | DIFFERENT | EQUAL",
        "8 | </think>The final answer is 8. | NO_ANSWER | EQUAL | NO_ANSWER",
        "8 | </think>\\boxed{8 | NO_ANSWER | EQUAL | NO_ANSWER",
        "8 | </think>\\boxed{5+3} | EQUAL | EQUAL | DIFFERENT",
        "\\frac{1}{2} | </think>\\boxed{\\frac12} | EQUAL | EQUAL | EQUAL",
        "\\frac{1}{2} | </think>\\boxed{\\frac{2}{4}} | EQUAL | EQUAL | DIFFERENT",
        "-\\frac{1}{2} | </think>\\boxed{-1/2} | EQUAL | EQUAL | EQUAL",
        "\\frac{1}{2} | </think>\\boxed{0.5} | EQUAL | EQUAL | EQUAL",
        "\\sqrt{4} | </think>\\boxed{2} | EQUAL | EQUAL | DIFFERENT",
        "1,234 | </think>\\boxed{1234.0} | EQUAL | EQUAL | EQUAL",
        "[\"3\",\"5\"] | </think>\\boxed{5} | EQUAL | EQUAL | EQUAL",
        "[\"3\",\"5\"] | </think>\\boxed{4} | DIFFERENT | DIFFERENT | DIFFERENT",
        "\\boxed{8} | </think>\\boxed{8} | EQUAL | EQUAL | EQUAL",
        "8 | </think>nothing | NO_ANSWER | NO_ANSWER | NO_ANSWER",
        "8 | </think>\\boxed{\\foo} | UNPARSED | UNPARSED | UNPARSED",
      })
  void presetsDiffer(
      String gold, String response, Outcome reward, Outcome mathVerify, Outcome deepscaler) {
    assertThat(MathVerifier.of(Preset.REWARD).verify(gold, response).outcome()).isEqualTo(reward);
    assertThat(MathVerifier.of(Preset.MATH_VERIFY).verify(gold, response).outcome())
        .isEqualTo(mathVerify);
    assertThat(MathVerifier.of(Preset.DEEPSCALER).verify(gold, response).outcome())
        .isEqualTo(deepscaler);
  }

  @Test
  void anAnswerNeedsNoBox() {
    MathVerifier verifier = MathVerifier.of(Preset.REWARD);
    assertThat(verifier.equal("\\frac{1}{2}", "0.5").outcome()).isEqualTo(Outcome.EQUAL);
    assertThat(verifier.equal("\\frac{1}{2}", "so \\boxed{0.5}").outcome())
        .isEqualTo(Outcome.EQUAL);
    assertThat(verifier.equal("\\frac{1}{2}", "so 0.5").outcome()).isNotEqualTo(Outcome.EQUAL);
    assertThat(verifier.equal("\\frac{1}{2}", " ").outcome()).isEqualTo(Outcome.NO_ANSWER);
    MathVerifier lenient = MathVerifier.of(Preset.MATH_VERIFY);
    assertThat(lenient.equal("\\frac{1}{2}", "the answer is 0.5").outcome())
        .isEqualTo(Outcome.EQUAL);
  }

  @Test
  void aVerdictShowsBothSides() {
    MathVerdict verdict = MathVerifier.of(Preset.REWARD).verify("7", "\\boxed{8}");
    assertThat(verdict.gold()).isEqualTo("7");
    assertThat(verdict.answer()).isEqualTo("8");
    assertThat(verdict.method()).isNotEqualTo(Method.NONE);
  }

  @Test
  void theFallbackReadsWhatTheBoxDoesNotSay() {
    String response = "The answer is 8. \\boxed{\\foo{8}}";
    assertThat(MathVerifier.of(Preset.MATH_VERIFY).verify("8", response).equal()).isTrue();
    assertThat(MathVerifier.of(Preset.REWARD).verify("8", response).outcome())
        .isEqualTo(Outcome.UNPARSED);
  }

  @Test
  void whatIsTooLongIsALimit() {
    String digits = "8".repeat(5000);
    MathVerifier verifier = MathVerifier.of(Preset.REWARD);
    assertThat(verifier.verify("8", "\\boxed{" + digits + "}").outcome()).isEqualTo(Outcome.LIMIT);
    assertThat(verifier.equal("8", digits).outcome()).isEqualTo(Outcome.LIMIT);
    assertThat(verifier.verify(digits, "\\boxed{8}").outcome()).isEqualTo(Outcome.LIMIT);
  }

  @Test
  void aGoldThatIsNotUnderstoodIsRefused() {
    MathVerifier verifier = MathVerifier.of(Preset.REWARD);
    verifier.checkGold("\\frac{1}{2}");
    verifier.checkGold("[\"1\",\"2\"]");
    for (String gold : List.of("", "\\foo{2}", "[\"1\",\"\\\\foo{2}\"]", "\\frac{1}{")) {
      assertThatThrownBy(() -> verifier.checkGold(gold))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("gold answer not understood");
      assertThat(verifier.verify(gold, "\\boxed{2}").outcome()).isEqualTo(Outcome.UNPARSED);
    }
  }

  @ParameterizedTest
  @EnumSource(Preset.class)
  void threadsGetTheSameVerdicts(Preset preset) {
    MathVerifier verifier = MathVerifier.of(preset);
    List<MathLists.Pair> pairs = MathLists.pairs();
    List<MathVerdict> alone =
        pairs.stream().map(pair -> verifier.verify(pair.gold(), pair.response())).toList();
    List<MathVerdict> together =
        IntStream.range(0, pairs.size())
            .parallel()
            .mapToObj(i -> verifier.verify(pairs.get(i).gold(), pairs.get(i).response()))
            .toList();
    assertThat(together).isEqualTo(alone);
  }
}
