package dev.sponge.rl.reward.math;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Laws of equality on answers that are generated, so that what they mean is known. */
class MathEqualityPropertyTest {
  private static final MathVerifier VERIFIER = MathVerifier.of(Preset.REWARD);

  private static boolean equal(String gold, String answer) {
    return VERIFIER.verify(gold, "so it is $\\boxed{" + answer + "}$.").equal();
  }

  @Provide
  Arbitrary<String> answers() {
    Arbitrary<String> leaf =
        Arbitraries.oneOf(
            Arbitraries.integers().between(-50, 50).map(i -> i < 0 ? "(" + i + ")" : "" + i),
            Arbitraries.of("x", "y", "n", "\\pi", "0.25", "\\sqrt{2}", "\\frac{3}{7}"));
    return Arbitraries.lazyOf(
        () -> leaf,
        () -> leaf,
        () ->
            Combinators.combine(answers(), answers(), Arbitraries.of("+", "-", "\\cdot "))
                .as((a, b, sign) -> "(" + a + sign + b + ")"),
        () -> Combinators.combine(answers(), leaf).as((a, b) -> "\\frac{" + a + "}{" + b + "+101}"),
        () ->
            Combinators.combine(answers(), Arbitraries.integers().between(1, 3))
                .as((a, power) -> "(" + a + ")^{" + power + "}"),
        () -> Combinators.combine(leaf, leaf).as((a, b) -> "(" + a + "," + b + ")"));
  }

  @Property(tries = 300)
  void everyAnswerEqualsItself(@ForAll("answers") String answer) {
    Outcome outcome = VERIFIER.equal(answer, answer).outcome();
    assertThat(outcome).isNotEqualTo(Outcome.DIFFERENT).isNotEqualTo(Outcome.NO_ANSWER);
  }

  @Property(tries = 300)
  void orderDoesNotMatter(@ForAll("answers") String one, @ForAll("answers") String other) {
    assertThat(VERIFIER.equal(one, other).equal()).isEqualTo(VERIFIER.equal(other, one).equal());
  }

  @Property(tries = 200)
  void fractionsEqualTheirParaphrasesAndNothingElse(
      @ForAll @IntRange(min = -999, max = 999) int numerator,
      @ForAll @IntRange(min = 1, max = 999) int denominator,
      @ForAll @IntRange(min = 2, max = 9) int factor) {
    String gold = "\\frac{%d}{%d}".formatted(numerator, denominator);
    assertThat(equal(gold, "\\dfrac{%d}{%d}".formatted(numerator, denominator))).isTrue();
    assertThat(equal(gold, numerator + "/" + denominator)).isTrue();
    assertThat(equal(gold, "\\frac{%d}{%d}".formatted(factor * numerator, factor * denominator)))
        .isTrue();
    assertThat(equal(gold, "1-\\frac{%d}{%d}".formatted(denominator - numerator, denominator)))
        .isTrue();
    assertThat(equal(gold, "\\frac{%d}{%d}".formatted(numerator + 1, denominator))).isFalse();
    assertThat(
            equal(gold, "\\frac{%d}{%d}".formatted(factor * numerator + 1, factor * denominator)))
        .isFalse();
  }

  @Property(tries = 200)
  void quadraticsEqualTheirParaphrasesAndNothingElse(
      @ForAll @IntRange(min = 1, max = 40) int a,
      @ForAll @IntRange(min = -40, max = 40) int p,
      @ForAll @IntRange(min = -40, max = 40) int q) {
    String factored = "%d(x-(%d))(x-(%d))".formatted(a, p, q);
    String expanded = "%dx^2+(%d)x+(%d)".formatted(a, -a * (p + q), a * p * q);
    assertThat(equal(factored, expanded)).isTrue();
    assertThat(equal(expanded, factored)).isTrue();
    assertThat(equal(factored, expanded + "+1")).isFalse();
    assertThat(equal(factored, expanded.replace('x', 'y'))).isFalse();
  }

  @Property(tries = 200)
  void decimalsEqualTheirParaphrasesAndNothingElse(
      @ForAll @IntRange(min = 1, max = 9_999_999) int thousandths) {
    String gold = "%d.%03d".formatted(thousandths / 1000, thousandths % 1000);
    assertThat(equal(gold, gold + "0")).isTrue();
    assertThat(equal(gold, "\\frac{%d}{1000}".formatted(thousandths))).isTrue();
    assertThat(equal(gold, thousandths + " \\times 10^{-3}")).isTrue();
    assertThat(equal(gold, gold + "0000001")).isFalse();
    assertThat(equal(gold, gold + "1 \\times 10^{1}")).isFalse();
  }
}
