package dev.sponge.rl.advantage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Where AsymRE leads a tabular policy, arXiv 2506.20520. */
class AsymReFlowTest {
  private static final double[] MU = {0.5, 0.3, 0.2};
  private static final double[] REWARDS = {1, 0, -1};
  private static final double MU_VALUE = 0.3;

  /** The limit of gradient ascent on E_mu[(R - V) log pi], whose advantages are REWARD's. */
  private static double[] limit(double value) {
    AdvantageSettings settings = new AdvantageSettings(1e-6, GroupStd.SAMPLE, 0, value);
    double[] advantages = AdvantageEstimator.REWARD.advantages(REWARDS, settings);
    double[] logits = new double[3];
    for (int step = 0; step < 200_000; step++) {
      double[] pi = softmax(logits);
      double total = 0;
      for (int y = 0; y < 3; y++) {
        total += MU[y] * advantages[y];
      }
      for (int y = 0; y < 3; y++) {
        logits[y] += 0.05 * (MU[y] * advantages[y] - pi[y] * total);
      }
    }
    return softmax(logits);
  }

  private static double[] softmax(double[] logits) {
    double sum = 0;
    double[] pi = new double[3];
    double top = Math.max(logits[0], Math.max(logits[1], logits[2]));
    for (int y = 0; y < 3; y++) {
      pi[y] = Math.exp(logits[y] - top);
      sum += pi[y];
    }
    for (int y = 0; y < 3; y++) {
      pi[y] /= sum;
    }
    return pi;
  }

  @Test
  void baselineBelowTheValueOfMuKeepsAllAnswersAndMovesTowardsTheGoodOnes() {
    assertThat(limit(MU_VALUE - 2))
        .containsExactly(new double[] {0.675, 0.255, 0.07}, within(1e-3));
  }

  @Test
  void baselineAtTheValueOfMuEndsInOneAnswer() {
    assertThat(limit(MU_VALUE)[0]).isGreaterThan(0.999);
  }
}
