package dev.sponge.jobs.training;

import dev.sponge.jobs.config.AdvantageConfig;
import dev.sponge.jobs.config.AdvantageConfig.ZeroVarianceGroups;
import dev.sponge.jobs.config.KlConfig;
import dev.sponge.jobs.config.ObjectiveConfig;
import dev.sponge.jobs.config.ObjectiveConfig.Loss;
import dev.sponge.jobs.config.PolicyLosses;
import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.rl.advantage.AdvantageEstimator;
import dev.sponge.rl.advantage.ReinforcePlusPlus;
import dev.sponge.rl.batch.DynamicSampling;
import dev.sponge.rl.batch.PreferencePair;
import dev.sponge.rl.objective.KlInReward;
import dev.sponge.rl.training.TrainingSequence;
import dev.sponge.rl.training.TrainingSequence.Signal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * From rewards to what the tokens of a step are worth: KL in the reward, advantages, weights of
 * history, and which rollouts stay.
 */
public final class StepSignals {
  private final AdvantageConfig advantage;
  private final ObjectiveConfig objective;
  private final Optional<? extends TokenCritic> critic;

  /** What values tokens where the estimator needs values. */
  public interface TokenCritic {
    /**
     * @param rollouts with their weights
     * @param rewards (C) of the tokens of each
     * @return (C) advantages of each
     */
    double[][] advantages(List<Scored> rollouts, double[][] rewards);
  }

  /**
   * @param critic present if {@link AdvantageConfig#needsCritic}
   */
  public StepSignals(SpongeConfig config, Optional<? extends TokenCritic> critic) {
    advantage = config.advantage();
    objective = config.objective();
    this.critic = critic;
  }

  /**
   * One rollout with all that is known of it before the passes.
   *
   * @param group rollouts of one prompt and version have the same
   * @param sequence its signal is filled in here
   */
  public record Scored(int group, double reward, TrainingSequence sequence) {
    int tokens() {
      return sequence.responseIds().length;
    }

    Scored with(Signal signal) {
      TrainingSequence s = sequence;
      return new Scored(
          group,
          reward,
          new TrainingSequence(
              s.rolloutId(),
              s.lag(),
              s.promptIds(),
              s.responseIds(),
              s.temperature(),
              signal,
              s.anchors()));
    }
  }

  /**
   * @param rollouts whole groups, in the order of the step
   * @return what trains, in an order that every attempt repeats; pairs stand together. Empty where
   *     all rewards of every group are equal and such groups leave the step or have no pair
   */
  public List<TrainingSequence> sequences(List<Scored> rollouts) {
    List<Scored> kept = kept(rollouts);
    if (kept.isEmpty()) {
      return List.of();
    }
    List<Scored> valued = valued(weighted(kept));
    if (objective.loss() == Loss.ONLINE_DPO) {
      return pairs(valued);
    }
    return valued.stream().map(Scored::sequence).toList();
  }

  private static Map<Integer, List<Scored>> byGroup(List<Scored> rollouts) {
    Map<Integer, List<Scored>> groups = new TreeMap<>();
    rollouts.forEach(r -> groups.computeIfAbsent(r.group(), g -> new ArrayList<>()).add(r));
    return groups;
  }

  private static double[] rewards(List<Scored> group) {
    return group.stream().mapToDouble(Scored::reward).toArray();
  }

  /** Without groups that teach nothing, where they are to go. */
  private List<Scored> kept(List<Scored> rollouts) {
    if (advantage.zeroVarianceGroups() == ZeroVarianceGroups.KEEP) {
      return rollouts;
    }
    Map<Integer, List<Scored>> groups = byGroup(rollouts);
    return rollouts.stream()
        .filter(r -> DynamicSampling.informative(rewards(groups.get(r.group()))))
        .toList();
  }

  private List<Scored> valued(List<Scored> rollouts) {
    Optional<AdvantageEstimator> ofGroup = advantage.estimator().ofGroup();
    double[][] values = new double[rollouts.size()][];
    if (ofGroup.isPresent()) {
      Map<Integer, List<Integer>> members = new TreeMap<>();
      for (int i = 0; i < rollouts.size(); i++) {
        members.computeIfAbsent(rollouts.get(i).group(), g -> new ArrayList<>()).add(i);
      }
      for (List<Integer> group : members.values()) {
        double[] rewards =
            group.stream().mapToDouble(i -> sequenceReward(rollouts.get(i))).toArray();
        double[] advantages = ofGroup.get().advantages(rewards, advantage.settings());
        for (int j = 0; j < advantages.length; j++) {
          values[group.get(j)] = new double[] {advantages[j]};
        }
      }
    } else {
      values = ofBatch(rollouts);
    }
    List<Scored> result = new ArrayList<>();
    for (int i = 0; i < rollouts.size(); i++) {
      result.add(rollouts.get(i).with(signal(values[i], rollouts.get(i))));
    }
    return result;
  }

  private double[][] ofBatch(List<Scored> rollouts) {
    return switch (advantage.estimator()) {
      case REINFORCE_PLUS_PLUS ->
          ReinforcePlusPlus.advantages(
              rollouts.stream().map(this::tokenRewards).toArray(double[][]::new));
      case GAE ->
          critic
              .orElseThrow()
              .advantages(
                  rollouts, rollouts.stream().map(this::tokenRewards).toArray(double[][]::new));
      case REINFORCE_PLUS_PLUS_BASELINE ->
          ReinforcePlusPlus.withGroupBaseline(
              rollouts.stream().mapToDouble(this::sequenceReward).toArray(),
              rollouts.stream().mapToInt(Scored::group).toArray(),
              rollouts.stream().mapToInt(Scored::tokens).toArray());
      case GRPO, DR_GRPO, RLOO, ASYMRE, REWARD ->
          throw new IllegalStateException(advantage.estimator() + " looks at one group");
    };
  }

  private boolean klInReward() {
    KlConfig kl = objective.kl();
    return kl.placement() == KlConfig.Placement.REWARD && kl.coefficient() > 0;
  }

  /** (C): the reward at the last token, minus beta k1 at each. */
  private double[] tokenRewards(Scored rollout) {
    double[] rewards =
        klInReward()
            ? KlInReward.tokenRewards(
                doubles(rollout.sequence().anchors().mu()),
                doubles(rollout.sequence().anchors().base()),
                objective.kl().coefficient())
            : new double[rollout.tokens()];
    rewards[rewards.length - 1] += rollout.reward();
    return rewards;
  }

  private double sequenceReward(Scored rollout) {
    double sum = 0;
    for (double reward : tokenRewards(rollout)) {
      sum += reward;
    }
    return sum;
  }

  private static Signal signal(double[] values, Scored rollout) {
    float[] advantages = new float[rollout.tokens()];
    for (int t = 0; t < advantages.length; t++) {
      advantages[t] = (float) values[values.length == 1 ? 0 : t];
    }
    return new Signal(advantages, rollout.sequence().signal().weight());
  }

  /** GePPO weighs by age; all other losses take the batch as it is composed. */
  private List<Scored> weighted(List<Scored> rollouts) {
    if (objective.loss() != Loss.GEPPO) {
      return rollouts;
    }
    int ages = 1 + rollouts.stream().mapToInt(r -> r.sequence().lag()).max().orElse(0);
    List<Double> weights = PolicyLosses.weights(objective.geppo()).ofHistory(ages);
    return rollouts.stream()
        .map(
            r -> {
              int lag = r.sequence().lag();
              double weight = lag < weights.size() ? weights.get(lag) : 0;
              return r.with(new Signal(r.sequence().signal().advantages(), weight));
            })
        .toList();
  }

  /** Best and worst of every group that has both. */
  private static List<TrainingSequence> pairs(List<Scored> rollouts) {
    List<TrainingSequence> pairs = new ArrayList<>();
    for (List<Scored> group : byGroup(rollouts).values()) {
      PreferencePair.of(rewards(group))
          .ifPresent(
              pair -> {
                pairs.add(group.get(pair.chosen()).sequence());
                pairs.add(group.get(pair.rejected()).sequence());
              });
    }
    return pairs;
  }

  private static double[] doubles(float[] values) {
    double[] result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = values[i];
    }
    return result;
  }
}
