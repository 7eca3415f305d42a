package dev.sponge.rl.reward;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CountdownVerifierTest {
  private static final String GOLD = "{\"numbers\":[3, 7, 25],\"target\":46}";
  private final Verifier verifier = new CountdownVerifier(true, 0);
  private final Verifier subset = new CountdownVerifier(false, 0);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // answer | numbers | target | right
        "3*7+25 | 3,7,25 | 46 | true",
        "25 + (7 * 3) | 3,7,25 | 46 | true",
        "((25+7*3)) | 3,7,25 | 46 | true",
        "25 + 7 \\times 3 | 3,7,25 | 46 | true",
        "25 + 21 | 3,7,25 | 46 | false",
        "25+7*3+0 | 3,7,25 | 46 | false",
        "3*7+25 = 46 | 3,7,25 | 46 | false",
        "46 | 3,7,25 | 46 | false",
        "3*7+25+7-7 | 3,7,25 | 46 | false",
        "7*3 | 3,7,25 | 21 | false",
        "3*7-25 | 3,7,25 | -4 | true",
        "8/(3-8/3) | 3,3,8,8 | 24 | true",
        "8/3*3 | 3,3,8 | 8 | true",
        "5-7*2/4 | 2,4,5,7 | 1 | false",
        "10-5-2 | 2,5,10 | 3 | true",
        "2**3 | 2,3 | 8 | false",
        "7//2 | 2,7 | 3 | false",
        "6/(3-3) | 3,3,6 | 0 | false",
        "-3+7 | 3,7 | 4 | false",
        "+3+7 | 3,7 | 10 | false",
        "03+7 | 3,7 | 10 | false",
        "3.0+7 | 3,7 | 10 | false",
        "3(7) | 3,7 | 21 | false",
        "(3+7 | 3,7 | 10 | false",
        "3+7) | 3,7 | 10 | false",
        "3+ | 3 | 3 | false",
        "3 7 | 37 | 37 | false",
        "9999999999999999999999 | 3 | 3 | false"
      })
  void anExpressionIsRightOrNot(String answer, String numbers, long target, boolean right) {
    String gold = "{\"numbers\":[%s],\"target\":%d}".formatted(numbers, target);
    for (String response :
        new String[] {"\\boxed{" + answer + "}", "<answer>" + answer + "</answer>"}) {
      Verdict verdict = verifier.verify("I think " + response, gold, false);
      assertThat(verdict.status()).as(verdict.detail()).isEqualTo(RewardStatus.SCORED);
      assertThat(verdict.correct()).as(verdict.detail()).isEqualTo(right);
      assertThat(verdict.formatOk()).isTrue();
      assertThat(verdict.reward()).isEqualTo(right ? 1 : 0);
    }
  }

  @Test
  void aSubsetWillDoByOptionButNothingTwice() {
    assertThat(subset.version()).isNotEqualTo(verifier.version());
    String gold = "{\"numbers\":[3,7,25],\"target\":21}";
    assertThat(subset.verify("\\boxed{3*7}", gold, false).correct()).isTrue();
    assertThat(verifier.verify("\\boxed{3*7}", gold, false).correct()).isFalse();
    String twice = "{\"numbers\":[3,7,25],\"target\":9}";
    assertThat(subset.verify("\\boxed{3*3}", twice, false).correct()).isFalse();
  }

  @Test
  void theLaterOfBoxAndTagsCounts() {
    String right = "3*7+25";
    assertThat(verifier.verify("\\boxed{1} <answer>" + right + "</answer>", GOLD, false))
        .matches(Verdict::correct)
        .matches(verdict -> !verdict.formatOk());
    assertThat(verifier.verify("<answer>1</answer> \\boxed{" + right + "}", GOLD, false))
        .matches(Verdict::correct)
        .matches(verdict -> !verdict.formatOk());
    assertThat(verifier.verify("<answer>" + right + "</answer><answer>1</answer>", GOLD, false))
        .matches(verdict -> !verdict.correct())
        .matches(verdict -> !verdict.formatOk());
    assertThat(verifier.verify(right, GOLD, false).correct()).isFalse();
    assertThat(verifier.verify("<answer>" + right, GOLD, false).correct()).isFalse();
    assertThat(verifier.verify("\\boxed{" + right + "}", GOLD, true).formatOk()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "46",
        "{\"numbers\":[],\"target\":1}",
        "{\"numbers\":[1.5],\"target\":1}",
        "{\"numbers\":[-1],\"target\":1}",
        "{\"numbers\":[1],\"target\":\"1\"}",
        "{\"numbers\":[1]}",
        "{\"numbers\":[1],\"target\":1,\"x\":1}",
        "{\"numbers\":[99999999999],\"target\":1}",
        "{\"numbers\":[1],\"target\":1e999999999}",
        "{numbers:[1],target:1}",
        "{\"numbers\":[1],\"target\":1} x",
        "{\"numbers\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],\"target\":1}"
      })
  void aGoldOfAnotherFormFails(String gold) {
    assertThat(verifier.verify("\\boxed{1}", gold, false).status()).isEqualTo(RewardStatus.FAILED);
  }

  /** The value is worked out from left to right beside the text. */
  @Property(tries = 300)
  void sumsAndProductsHaveTheirValue(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long[] numbers = random.longs(4, 1, 30).toArray();
    StringBuilder text = new StringBuilder("(".repeat(3)).append(numbers[0]);
    long value = numbers[0];
    for (int i = 1; i < numbers.length; i++) {
      switch (random.nextInt(3)) {
        case 0 -> {
          value += numbers[i];
          text.append(" + ");
        }
        case 1 -> {
          value -= numbers[i];
          text.append("-");
        }
        default -> {
          value *= numbers[i];
          text.append(" * ");
        }
      }
      text.append(numbers[i]).append(')');
    }
    String given =
        LongStream.of(numbers).sorted().mapToObj(Long::toString).collect(Collectors.joining(","));
    String gold = "{\"numbers\":[%s],\"target\":%d}";
    String response = "\\boxed{" + text + "}";
    assertThat(verifier.verify(response, gold.formatted(given, value), false).correct()).isTrue();
    assertThat(verifier.verify(response, gold.formatted(given, value + 1), false).correct())
        .isFalse();
  }
}
