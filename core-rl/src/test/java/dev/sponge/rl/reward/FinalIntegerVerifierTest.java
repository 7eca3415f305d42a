package dev.sponge.rl.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FinalIntegerVerifierTest {
  private final Verifier verifier = new FinalIntegerVerifier(0);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // response | gold | truncated | correct | format
        "Tom has 3 + 5 = 8 apples. | 8 | false | true | false",
        "Tom has 3 + 5 = 8 apples. | 3 | false | false | false",
        "The answer is \\boxed{8}. | 8 | false | true | true",
        "\\boxed{8} because 3 + 5, not 9 | 8 | false | true | true",
        "\\boxed{ 8 } | 8 | false | true | true",
        "\\boxed{7} | 8 | false | false | true",
        "\\boxed{8} or \\boxed{9} | 9 | false | true | false",
        "\\boxed{eight}, so 8 | 8 | false | false | false",
        "\\boxed{8 and 3 + 5 = 8 | 8 | false | true | false",
        "\\boxed{8} and then | 8 | true | true | false",
        "so far 8 | 8 | true | false | false",
        "no number | 8 | false | false | false",
        "`` | 8 | false | false | false",
        "It costs $1,234. | 1234 | false | true | false",
        "It costs $12.00. | 12 | false | true | false",
        "It costs 12.50 | 50 | false | false | false",
        "10-3 = 7, 10-3 | 3 | false | true | false",
        "below zero: -3 | -3 | false | true | false",
        "99999999999999999999 | 9 | false | false | false",
      })
  void judges(String response, String gold, boolean truncated, boolean correct, boolean format) {
    Verdict verdict = verifier.verify(response, gold, truncated);

    assertThat(verdict.status()).isEqualTo(RewardStatus.SCORED);
    assertThat(verdict.correct()).isEqualTo(correct);
    assertThat(verdict.formatOk()).isEqualTo(format);
    assertThat(verdict.reward()).isEqualTo(correct ? 1 : 0);
    assertThat(verdict.detail()).isNotBlank();
  }

  @Test
  void theFormatAddsItsWeightWhetherTheAnswerIsRightOrNot() {
    Verifier weighted = new FinalIntegerVerifier(0.25);

    assertThat(weighted.verify("\\boxed{8}", "8", false).reward()).isEqualTo(1.25);
    assertThat(weighted.verify("\\boxed{7}", "8", false).reward()).isEqualTo(0.25);
    assertThat(weighted.verify("8", "8", false).reward()).isEqualTo(1);
    assertThat(weighted.version()).isNotEqualTo(verifier.version());
  }

  @Test
  void whatCannotBeJudgedFails() {
    assertThat(verifier.verify(null, "8", false).status()).isEqualTo(RewardStatus.FAILED);
    assertThat(verifier.verify("8", null, false).status()).isEqualTo(RewardStatus.FAILED);
    assertThat(verifier.verify("8", "eight", false).status()).isEqualTo(RewardStatus.FAILED);
    assertThatThrownBy(() -> new FinalIntegerVerifier(-1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @Timeout(5)
  void aLongResponseIsJudgedQuickly() {
    for (String part : new String[] {"1,234", "-", "1", "1.1", "\\boxed{", ",123"}) {
      assertThat(verifier.verify(part.repeat(200_000), "8", false).correct()).isFalse();
    }
  }
}
