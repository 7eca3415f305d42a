package dev.sponge.rl.reward.math;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.rl.reward.math.MathLists.Hack;
import dev.sponge.rl.reward.math.MathLists.Pair;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Agreement with math-verify and with what was adjudicated; hacks and hostile inputs. */
class MathListsTest {
  private static final List<Pair> PAIRS = MathLists.pairs();

  private static boolean verdict(Preset preset, Pair pair) {
    return MathVerifier.of(preset).verify(pair.gold(), pair.response()).equal();
  }

  private static double share(long part, long whole) {
    return (double) part / whole;
  }

  @Test
  void agreesWithMathVerifyWhereThatIsRight() {
    assertThat(PAIRS).hasSizeGreaterThanOrEqualTo(300);
    List<Pair> missed = new ArrayList<>();
    long raw = 0;
    long rightPairs = 0;
    long agreed = 0;
    for (Pair pair : PAIRS) {
      boolean equal = verdict(Preset.MATH_VERIFY, pair);
      raw += equal == pair.mathVerify() ? 1 : 0;
      if (equal != pair.expected()) {
        missed.add(pair);
      }
      if (pair.mathVerify() == pair.expected()) {
        rightPairs++;
        agreed += equal == pair.expected() ? 1 : 0;
      }
    }
    String report =
        "raw agreement with math-verify %.4f, where that is right %.4f, with the adjudication %.4f; missed: %s"
            .formatted(
                share(raw, PAIRS.size()),
                share(agreed, rightPairs),
                share(PAIRS.size() - missed.size(), PAIRS.size()),
                missed);
    System.out.println(report);
    assertThat(missed).as(report).noneMatch(pair -> !pair.expected());
    assertThat(share(agreed, rightPairs)).as(report).isGreaterThanOrEqualTo(0.99);
    assertThat(share(PAIRS.size() - missed.size(), PAIRS.size()))
        .as(report)
        .isGreaterThanOrEqualTo(0.99);
  }

  @Test
  void everyDisagreementHasItsReason() {
    assertThat(PAIRS)
        .allSatisfy(
            pair ->
                assertThat(pair.reason() == null)
                    .as("%s", pair)
                    .isEqualTo(pair.expected() == pair.mathVerify()));
  }

  @Test
  void rewardsAcceptNoWrongAnswer() {
    assertThat(PAIRS).noneMatch(pair -> !pair.expected() && verdict(Preset.REWARD, pair));
    assertThat(PAIRS).noneMatch(pair -> !pair.expected() && verdict(Preset.DEEPSCALER, pair));
  }

  @Test
  void rewardsMissFewRightAnswersInABox() {
    List<Pair> right =
        PAIRS.stream().filter(p -> p.expected() && p.response().contains("\\boxed")).toList();
    List<Pair> missed = right.stream().filter(pair -> !verdict(Preset.REWARD, pair)).toList();
    assertThat(share(missed.size(), right.size())).as("%s", missed).isLessThanOrEqualTo(0.03);
  }

  @Test
  void comparisonIsSymmetric() {
    for (Preset preset : Preset.values()) {
      MathVerifier verifier = MathVerifier.of(preset);
      assertThat(PAIRS)
          .allSatisfy(
              pair ->
                  assertThat(verifier.equal(pair.gold(), pair.answer()).equal())
                      .as("%s", pair)
                      .isEqualTo(verifier.equal(pair.answer(), pair.gold()).equal()));
    }
  }

  @Test
  void noHackIsRewarded() {
    List<Hack> hacks = MathLists.hacks();
    assertThat(hacks).hasSizeGreaterThanOrEqualTo(60);
    MathVerifier verifier = MathVerifier.of(Preset.REWARD);
    assertThat(hacks).allSatisfy(hack -> verifier.checkGold(hack.gold()));
    assertThat(hacks.stream().filter(h -> verifier.verify(h.gold(), h.response()).equal()))
        .isEmpty();
  }

  @Test
  @Timeout(value = 120, unit = TimeUnit.SECONDS)
  void noHostileInputBreaksOrIsAccepted() {
    List<String> inputs = HostileInputs.all();
    assertThat(inputs).hasSizeGreaterThanOrEqualTo(200);
    for (Preset preset : Preset.values()) {
      MathVerifier verifier = MathVerifier.of(preset);
      for (String input : inputs) {
        MathVerdict verdict = verifier.verify(HostileInputs.GOLD, "</think>" + input);
        assertThat(verdict.equal()).as("%.100s", input).isFalse();
      }
    }
  }
}
