package dev.sponge.rl.advantage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.rl.VerlFixture;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same numbers as verl's, whose rows have padding and gaps where ours have nothing. */
class VerlParityTest {
  private static final VerlFixture VERL = VerlFixture.open();
  private static final double[] REWARDS = VERL.row("rewards");
  private static final int[] GROUPS =
      Arrays.stream(VERL.row("groups")).mapToInt(g -> (int) g).toArray();

  /** The response tokens of each row. */
  private static double[][] tokens(double[][] padded) {
    double[][] mask = VERL.rows("mask");
    return IntStream.range(0, padded.length)
        .mapToObj(
            b ->
                IntStream.range(0, padded[b].length)
                    .filter(t -> mask[b][t] == 1)
                    .mapToDouble(t -> padded[b][t])
                    .toArray())
        .toArray(double[][]::new);
  }

  private static void assertClose(double[][] actual, double[][] padded) {
    double[][] expected = tokens(padded);
    assertThat(actual.length).isEqualTo(expected.length);
    for (int b = 0; b < expected.length; b++) {
      assertThat(actual[b]).as("row %d", b).containsExactly(expected[b], within(1e-6));
    }
  }

  @ParameterizedTest
  @CsvSource({"GRPO, grpo", "DR_GRPO, dr_grpo", "RLOO, rloo"})
  void groupEstimators(AdvantageEstimator estimator, String name) {
    double[][] expected = tokens(VERL.rows(name));
    for (int group : Arrays.stream(GROUPS).distinct().toArray()) {
      int[] members = IntStream.range(0, GROUPS.length).filter(i -> GROUPS[i] == group).toArray();
      double[] rewards = Arrays.stream(members).mapToDouble(i -> REWARDS[i]).toArray();
      double[] advantages = estimator.advantages(rewards, AdvantageSettings.defaults());
      for (int j = 0; j < members.length; j++) {
        for (double token : expected[members[j]]) {
          assertThat(advantages[j]).isCloseTo(token, within(1e-6));
        }
      }
    }
  }

  @Test
  void gaeWithItsWhitening() {
    double[][] rewards = tokens(VERL.rows("token_rewards"));
    double[][] values = tokens(VERL.rows("values"));
    List<VerlFixture> settings = VERL.parts("gae");
    assertThat(settings).hasSize(4);
    for (VerlFixture expected : settings) {
      Gae gae = new Gae(expected.number("gamma"), expected.number("lambda"));
      double[][] advantages = new double[rewards.length][];
      double[][] returns = new double[rewards.length][];
      for (int b = 0; b < rewards.length; b++) {
        TokenAdvantages response = gae.estimate(rewards[b], values[b]);
        advantages[b] = response.advantages();
        returns[b] = response.returns();
      }
      assertClose(returns, expected.rows("returns"));
      assertClose(BatchWhitening.whiten(advantages), expected.rows("advantages"));
    }
  }

  @Test
  void whitening() {
    assertClose(BatchWhitening.whiten(tokens(VERL.rows("token_rewards"))), VERL.rows("whitened"));
  }

  @Test
  void reinforcePlusPlus() {
    assertClose(
        ReinforcePlusPlus.advantages(tokens(VERL.rows("token_rewards"))),
        VERL.rows("reinforce_pp"));
  }

  @Test
  void reinforcePlusPlusWithGroupBaseline() {
    int[] lengths =
        Arrays.stream(tokens(VERL.rows("values"))).mapToInt(row -> row.length).toArray();
    assertClose(
        ReinforcePlusPlus.withGroupBaseline(REWARDS, GROUPS, lengths),
        VERL.rows("reinforce_pp_baseline"));
  }
}
