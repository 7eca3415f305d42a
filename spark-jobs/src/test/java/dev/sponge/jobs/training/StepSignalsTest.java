package dev.sponge.jobs.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.training.StepSignals.Scored;
import dev.sponge.rl.training.TrainingSequence;
import dev.sponge.rl.training.TrainingSequence.Anchors;
import dev.sponge.rl.training.TrainingSequence.Signal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Two groups of two: rewards 1 and 0, and 1 and 1; three tokens each. */
class StepSignalsTest {
  private static final float[] MU = {-1, -2, -3};
  private static final float[] BASE = {-1.5f, -1, -3};

  private static Scored rollout(String id, int group, double reward, int lag) {
    Anchors anchors = new Anchors(MU, MU, BASE, BASE, MU);
    return new Scored(
        group,
        reward,
        new TrainingSequence(
            id, lag, new int[] {1}, new int[] {2, 3, 4}, 1, Signal.constant(0, 3), anchors));
  }

  private static final List<Scored> TWO_GROUPS =
      List.of(
          rollout("a", 0, 1, 0),
          rollout("b", 0, 0, 0),
          rollout("c", 1, 1, 1),
          rollout("d", 1, 1, 1));

  private static List<TrainingSequence> sequences(Map<String, String> keys) {
    SpongeConfig config = SpongeConfig.load(Optional.empty(), keys);
    return new StepSignals(config, Optional.empty()).sequences(TWO_GROUPS);
  }

  private static List<Double> means(List<TrainingSequence> sequences) {
    return sequences.stream().map(s -> s.signal().meanAdvantage()).toList();
  }

  private static void assertMeans(List<TrainingSequence> sequences, double... expected) {
    assertThat(sequences).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat(means(sequences).get(i)).isCloseTo(expected[i], within(1e-5));
    }
  }

  @Test
  void groupEstimatorsLookAtOneGroupEach() {
    double sample = .5 / Math.sqrt(.5);
    assertMeans(sequences(Map.of()), sample, -sample, 0, 0);
    assertMeans(sequences(Map.of("advantage.group_std", "population")), 1, -1, 0, 0);
    assertMeans(sequences(Map.of("advantage.estimator", "dr-grpo")), .5, -.5, 0, 0);
    assertMeans(sequences(Map.of("advantage.estimator", "rloo")), 1, -1, 0, 0);
    assertMeans(
        sequences(Map.of("advantage.estimator", "asymre", "advantage.value_offset", "-0.2")),
        .7,
        -.3,
        .2,
        .2);
    assertMeans(
        sequences(Map.of("advantage.estimator", "reward", "advantage.baseline", "0.5")),
        .5,
        -.5,
        .5,
        .5);
  }

  @Test
  void groupsThatTeachNothingLeaveTheStepOnRequest() {
    List<TrainingSequence> kept = sequences(Map.of("advantage.zero_variance_groups", "drop"));
    assertThat(kept).extracting(TrainingSequence::rolloutId).containsExactly("a", "b");
  }

  @Test
  void aStepWithoutOtherGroupsHasNothingToTrain() {
    for (String estimator : List.of("grpo", "reinforce++")) {
      SpongeConfig config =
          SpongeConfig.load(
              Optional.empty(),
              Map.of("advantage.zero_variance_groups", "drop", "advantage.estimator", estimator));
      assertThat(new StepSignals(config, Optional.empty()).sequences(TWO_GROUPS.subList(2, 4)))
          .isEmpty();
    }
  }

  /** k1 is .5, -1 and 0: the sum is -.5, so that every reward rises by .05. */
  @Test
  void klInTheRewardShiftsTheRewardBeforeTheBaseline() {
    Map<String, String> keys =
        Map.of(
            "objective.kl.placement", "reward",
            "objective.kl.estimator", "k1",
            "objective.kl.coefficient", "0.1",
            "advantage.estimator", "reward");
    assertMeans(sequences(keys), 1.05, .05, 1.05, 1.05);
  }

  /** Rewards to go: reward minus .1 k1 from the token on; whitening keeps order and distances. */
  @Test
  void reinforcePlusPlusGivesEveryTokenItsRewardToGo() {
    Map<String, String> keys =
        Map.of(
            "objective.kl.placement", "reward",
            "objective.kl.estimator", "k1",
            "objective.kl.coefficient", "0.1",
            "advantage.estimator", "reinforce++");
    List<TrainingSequence> sequences = sequences(keys);
    float[] right = sequences.get(0).signal().advantages();
    float[] wrong = sequences.get(1).signal().advantages();
    double unit = right[2] - wrong[2]; // a reward of 1
    assertThat((right[0] - right[2]) / unit).isCloseTo(.05, within(1e-5));
    assertThat((right[1] - right[2]) / unit).isCloseTo(.1, within(1e-5));
    assertThat(means(sequences).stream().mapToDouble(Double::doubleValue).sum())
        .isCloseTo(0, within(1e-5));
  }

  @Test
  void geppoWeighsByAge() {
    Map<String, String> keys = Map.of("objective.loss", "geppo", "objective.geppo.batches", "2");
    assertThat(sequences(keys)).extracting(s -> s.signal().weight()).containsOnly(1.0);
    Map<String, String> best =
        Map.of(
            "objective.loss", "geppo",
            "objective.geppo.batches", "2",
            "objective.geppo.max_policies", "4",
            "objective.geppo.target", "total-variation");
    List<Double> weights = sequences(best).stream().map(s -> s.signal().weight()).toList();
    assertThat(weights.get(0)).isGreaterThan(weights.get(2));
    assertThat((weights.get(0) + weights.get(2)) / 2).isCloseTo(1, within(1e-9));
  }

  @Test
  void dpoTakesBestAndWorstOfGroupsThatHaveBoth() {
    Map<String, String> keys =
        Map.of("objective.loss", "online-dpo", "objective.aggregation", "seq-mean-token-mean");
    assertThat(sequences(keys)).extracting(TrainingSequence::rolloutId).containsExactly("a", "b");
    SpongeConfig config = SpongeConfig.load(Optional.empty(), keys);
    assertThat(new StepSignals(config, Optional.empty()).sequences(TWO_GROUPS.subList(2, 4)))
        .isEmpty();
  }
}
