package dev.sponge.rl.reward.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sponge.rl.reward.RewardStatus;
import dev.sponge.rl.reward.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MathRewardTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // response | truncated | correct | format | detail
        "\\boxed{0.5} | false | true | true | equal, exact",
        "\\boxed{\\frac12} | false | true | true | equal, text",
        "\\boxed{2} | false | false | true | different, exact",
        "\\boxed{0.5} so | true | true | false | equal, exact; truncated",
        "\\boxed{0.5}, \\boxed{0.5} | false | true | false | equal, exact; more than one box",
        "\\boxed{0.5 | false | false | false | no answer; unclosed box",
        "0.5 | false | false | false | no answer; no box",
        "<think>\\boxed{3}</think>\\boxed{0.5} | false | true | true | equal, exact",
        "<think>\\boxed{0.5} | false | false | false | no answer; no box",
        "\\boxed{\\foo} | false | false | true | unparsed",
      })
  void judges(String response, boolean truncated, boolean correct, boolean format, String detail) {
    Verdict verdict = new MathReward(Preset.REWARD, 0).verify(response, "\\frac{1}{2}", truncated);
    assertThat(verdict).isEqualTo(Verdict.scored(correct ? 1 : 0, correct, format, detail));
    Verdict weighted =
        new MathReward(Preset.REWARD, 0.5).verify(response, "\\frac{1}{2}", truncated);
    assertThat(weighted.reward()).isEqualTo((correct ? 1 : 0) + (format ? 0.5 : 0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // response | fault
        "<think>a</think>\\boxed{1} | ''",
        "a</think>\\boxed{1} | ''",
        "\\boxed{1} | no closed thought at the start",
        "<think>\\boxed{1} | no closed thought at the start",
        "a <think>b</think>\\boxed{1} | no closed thought at the start",
        "<think>a</think>b</think>\\boxed{1} | no closed thought at the start",
        "<think>a</think>1 | no box",
      })
  void aThoughtMayBeAskedFor(String response, String fault) {
    assertThat(FormatCheck.THOUGHT_AND_BOX.fault(response, false)).isEqualTo(fault);
  }

  @Test
  void aBoxFarFromTheEndCounts() {
    String response = "\\boxed{1}" + "a".repeat(2 * Extraction.TAIL) + "\\boxed{2}";
    assertThat(FormatCheck.BOX.fault(response, false)).isEqualTo("more than one box");
    assertThat(FormatCheck.BOX.fault("\\boxed{1}" + "a".repeat(Extraction.TAIL), false))
        .isEqualTo("no box near the end");
  }

  @Test
  void aGoldThatIsNotUnderstoodIsNoReward() {
    MathReward reward = new MathReward(Preset.REWARD, 0);
    for (String gold : new String[] {"", "\\foo", "8".repeat(5000), "[\"1\",\"\\\\foo\"]"}) {
      Verdict verdict = reward.verify("\\boxed{1}", gold, false);
      assertThat(verdict.status()).isEqualTo(RewardStatus.FAILED);
      assertThat(verdict.detail()).contains("gold answer");
    }
    assertThat(reward.verify(null, "1", false).status()).isEqualTo(RewardStatus.FAILED);
    assertThat(reward.verify("1", null, false).status()).isEqualTo(RewardStatus.FAILED);
  }

  @Test
  void anAnswerPastABoundIsWrong() {
    String response = "\\boxed{" + "1+".repeat(4000) + "1}";
    assertThat(new MathReward(Preset.REWARD, 0).verify(response, "4001", false))
        .isEqualTo(Verdict.scored(0, false, false, "limit; box too long"));
  }

  @Test
  void namesAndVersions() {
    assertThat(new MathReward(Preset.REWARD, 0).id()).isEqualTo("math");
    assertThat(new MathReward(Preset.MATH_VERIFY, 0).id()).isEqualTo("math-verify");
    assertThat(new MathReward(Preset.DEEPSCALER, 0).id()).isEqualTo("deepscaler");
    assertThat(new MathReward(Preset.REWARD, 0).version()).isEqualTo("1");
    assertThat(new MathReward(Preset.REWARD, 0.1).version()).isEqualTo("1+format0.1");
    assertThat(new MathReward(Preset.REWARD, 0.1, FormatCheck.THOUGHT_AND_BOX).version())
        .isEqualTo("1+format0.1+think");
    assertThatIllegalArgumentException().isThrownBy(() -> new MathReward(Preset.REWARD, -1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MathReward(Preset.REWARD, Double.NaN));
  }
}
