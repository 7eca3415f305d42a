package dev.sponge.rl.advantage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GaeTest {
  private static final double[] REWARDS = {0, 0, 1};
  private static final double[] VALUES = {0.5, 0.25, 0.75};

  /** Rewards, values and importance ratios of a response of 5 tokens. */
  @Provide
  Arbitrary<double[][]> responses() {
    return Arbitraries.doubles()
        .between(0, 3)
        .array(double[].class)
        .ofSize(5)
        .array(double[][].class)
        .ofSize(3);
  }

  private static void assertClose(double[] actual, double... expected) {
    assertThat(actual).containsExactly(expected, within(1e-12));
  }

  @Test
  void worksBackFromTheLastToken() {
    TokenAdvantages gae = new Gae(0.5, 0.5).estimate(REWARDS, VALUES);
    // deltas: 0 + .125 - .5, 0 + .375 - .25, 1 - .75; each later one counts a quarter per token
    double last = 0.25;
    double middle = 0.125 + 0.25 * last;
    double first = -0.375 + 0.25 * middle;
    assertClose(gae.advantages(), first, middle, last);
    assertClose(gae.returns(), first + 0.5, middle + 0.25, 1);
  }

  @Test
  void undiscountedTerminalRewardGivesRewardMinusValue() {
    TokenAdvantages gae = new Gae(1, 1).estimate(TokenRewards.terminal(1, 3), VALUES);
    assertClose(gae.advantages(), 0.5, 0.75, 0.25);
    assertClose(gae.returns(), 1, 1, 1);
  }

  @Test
  void lambdaZeroGivesTheTemporalDifferenceError() {
    assertClose(
        new Gae(0.9, 0).estimate(REWARDS, VALUES).advantages(),
        0.9 * 0.25 - 0.5,
        0.9 * 0.75 - 0.25,
        1 - 0.75);
  }

  @Test
  void responseWithoutTokensGivesNothing() {
    assertThat(new Gae(1, 1).estimate(new double[0], new double[0]).advantages()).isEmpty();
  }

  @Property
  void vTraceOfFreshTokensIsGae(
      @ForAll("responses") double[][] response,
      @ForAll @DoubleRange(min = 0, max = 1) double gamma,
      @ForAll @DoubleRange(min = 0, max = 1) double lambda) {
    Gae gae = new Gae(gamma, lambda);
    double[] ratios = Arrays.stream(response[2]).map(c -> 1 + c).toArray(); // truncated at 1
    TokenAdvantages expected = gae.estimate(response[0], response[1]);
    TokenAdvantages actual = new VTrace(gae).estimate(response[0], response[1], ratios);
    assertThat(actual.advantages()).isEqualTo(expected.advantages());
    assertThat(actual.returns()).isEqualTo(expected.returns());
  }

  @Property
  void vTraceOfImpossibleTokensIsTheTemporalDifferenceError(
      @ForAll("responses") double[][] response,
      @ForAll @DoubleRange(min = 0, max = 1) double gamma) {
    TokenAdvantages actual =
        new VTrace(new Gae(gamma, 0.95)).estimate(response[0], response[1], new double[5]);
    assertThat(actual.advantages())
        .isEqualTo(new Gae(gamma, 0).estimate(response[0], response[1]).advantages());
    assertThat(actual.returns()).isEqualTo(response[1]);
  }

  /** The double sum of the definition, with a truncation of 1.5. */
  @Property
  void vTraceIsItsDefinition(
      @ForAll("responses") double[][] response,
      @ForAll @DoubleRange(min = 0, max = 1) double gamma,
      @ForAll @DoubleRange(min = 0, max = 1) double lambda) {
    double[] rewards = response[0];
    double[] values = response[1];
    double[] ratios = response[2];
    TokenAdvantages actual =
        new VTrace(new Gae(gamma, lambda), 1.5).estimate(rewards, values, ratios);
    for (int t = 0; t < 5; t++) {
      double sum = 0;
      double weight = 1;
      for (int s = t; s < 5; s++) {
        weight *= s == t ? 1 : gamma * lambda * Math.min(ratios[s], 1.5);
        sum += weight * (rewards[s] + gamma * (s < 4 ? values[s + 1] : 0) - values[s]);
      }
      assertThat(actual.advantages()[t]).isCloseTo(sum, within(1e-9));
      assertThat(actual.returns()[t])
          .isCloseTo(values[t] + Math.min(ratios[t], 1.5) * sum, within(1e-9));
    }
  }

  @Test
  void ownWeightIsInTheValueTargetAndNotInTheAdvantage() {
    TokenAdvantages trace =
        new VTrace(new Gae(1, 1))
            .estimate(new double[] {1}, new double[] {0.25}, new double[] {0.5});
    assertClose(trace.advantages(), 0.75);
    assertClose(trace.returns(), 0.25 + 0.5 * 0.75);
  }

  @Test
  void infiniteRatioIsTruncatedAndNanIsRefused() {
    VTrace trace = new VTrace(new Gae(1, 1));
    double[] one = {1};
    assertClose(trace.estimate(one, one, new double[] {Double.POSITIVE_INFINITY}).advantages(), 0);
    assertThatThrownBy(() -> trace.estimate(one, one, new double[] {Double.NaN}))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("ratio 0 of 1 is NaN");
    assertThatThrownBy(() -> new Gae(1, 1).estimate(REWARDS, new double[] {0, Double.NaN, 0}))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("value 1 of 3 is NaN");
  }

  @Test
  void arraysOfDifferentLengthsAreRefused() {
    assertThatThrownBy(() -> new Gae(1, 1).estimate(REWARDS, new double[2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 values for 3 rewards");
    assertThatThrownBy(
            () -> new VTrace(new Gae(1, 1)).estimate(REWARDS, VALUES, new double[] {1, 1}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 ratios for 3 rewards");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
  void settingsOutOfRangeNameTheirKeys(double value) {
    assertThatThrownBy(() -> new Gae(value, 1))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("advantage.gamma is " + value);
    assertThatThrownBy(() -> new Gae(1, value))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("advantage.lambda is " + value);
    assertThatThrownBy(() -> new VTrace(new Gae(1, 1), 0))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("advantage.vtrace_truncation is 0");
  }

  @Test
  void terminalRewardStandsAtTheLastToken() {
    assertThat(TokenRewards.terminal(-1, 3)).containsExactly(0, 0, -1);
    assertThatThrownBy(() -> TokenRewards.terminal(1, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void klPenaltyIsPaidAtEveryToken() {
    double[] rewards = TokenRewards.withKlPenalty(1, new double[] {0.5, -1, 2}, 0.1);
    assertClose(rewards, -0.05, 0.1, 0.8);
    assertClose(TokenRewards.toGo(rewards), 0.85, 0.9, 0.8);
    assertClose(rewards, -0.05, 0.1, 0.8); // toGo works on a copy
    assertThatThrownBy(() -> TokenRewards.withKlPenalty(1, new double[1], -1))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("advantage.kl_coefficient");
  }

  @Property
  void rewardsToGoAreGaeWithoutACritic(@ForAll("responses") double[][] response) {
    double[] gae = new Gae(1, 1).estimate(response[0], new double[5]).advantages();
    assertThat(TokenRewards.toGo(response[0])).containsExactly(gae, within(1e-12));
  }
}
