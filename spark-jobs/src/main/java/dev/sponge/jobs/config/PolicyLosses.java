package dev.sponge.jobs.config;

import dev.sponge.jobs.config.ObjectiveConfig.BapoConfig;
import dev.sponge.jobs.config.ObjectiveConfig.DecoupledPpoConfig;
import dev.sponge.jobs.config.ObjectiveConfig.GePpoConfig;
import dev.sponge.jobs.config.ObjectiveConfig.RangeConfig;
import dev.sponge.jobs.config.ObjectiveConfig.ToprConfig;
import dev.sponge.rl.objective.AsymReLoss;
import dev.sponge.rl.objective.BapoBounds;
import dev.sponge.rl.objective.BapoLoss;
import dev.sponge.rl.objective.CispoLoss;
import dev.sponge.rl.objective.ClipRange;
import dev.sponge.rl.objective.DecoupledPpoLoss;
import dev.sponge.rl.objective.GePpoLoss;
import dev.sponge.rl.objective.GePpoWeights;
import dev.sponge.rl.objective.GspoLoss;
import dev.sponge.rl.objective.OnlineDpoLoss;
import dev.sponge.rl.objective.PolicyLoss;
import dev.sponge.rl.objective.PpoClipLoss;
import dev.sponge.rl.objective.ProximalRlooLoss;
import dev.sponge.rl.objective.ToprLoss;
import dev.sponge.rl.objective.TruncatedImportance;
import dev.sponge.rl.objective.TvLearningRate;
import java.util.Optional;
import java.util.OptionalDouble;

/** The configured policy loss in the terms of core-rl. */
public final class PolicyLosses {
  private PolicyLosses() {}

  /** The loss that {@code objective.loss} names. */
  public static PolicyLoss of(ObjectiveConfig objective) {
    ClipRange clip =
        new ClipRange((float) objective.clipEpsilonLow(), (float) objective.clipEpsilonHigh());
    return switch (objective.loss()) {
      case MIX_PPG ->
          new PolicyLoss.MixPpgLoss(
              clip, offWhenZero(objective.dualClip()), offWhenZero(objective.weightCap()));
      case PPO_CLIP -> new PpoClipLoss(clip, offWhenZero(objective.dualClip()));
      case DECOUPLED_PPO -> new DecoupledPpoLoss(clip, cap(objective.decoupledPpo()));
      case GEPPO -> {
        GePpoWeights weights = weights(objective.geppo());
        yield new GePpoLoss(
            new ClipRange(
                (float) weights.epsilon(objective.clipEpsilonLow()),
                (float) weights.epsilon(objective.clipEpsilonHigh())),
            learningRate(objective.geppo()));
      }
      case GSPO -> new GspoLoss(clip, false);
      case GSPO_TOKEN -> new GspoLoss(clip, true);
      case CISPO -> new CispoLoss(clip);
      case BAPO -> bapo(objective.bapo());
      case TOPR -> topr(objective.topr());
      case ASYMRE -> new AsymReLoss();
      case PROXIMAL_RLOO -> new ProximalRlooLoss(clip);
      case ONLINE_DPO ->
          new OnlineDpoLoss(objective.onlineDpo().beta(), objective.onlineDpo().ipo());
    };
  }

  /** The weight between trainer and sampler, where it is on. */
  public static Optional<TruncatedImportance> truncatedImportance(ObjectiveConfig objective) {
    ObjectiveConfig.TruncatedImportanceConfig config = objective.truncatedImportance();
    return config.cap() > 0
        ? Optional.of(new TruncatedImportance(config.cap(), config.level()))
        : Optional.empty();
  }

  /** GePPO's shares of past policies. */
  public static GePpoWeights weights(GePpoConfig config) {
    return config.maxPolicies() == 0
        ? GePpoWeights.uniform(config.batches(), config.target())
        : GePpoWeights.optimal(config.batches(), config.maxPolicies(), config.target());
  }

  private static Optional<TvLearningRate> learningRate(GePpoConfig config) {
    return config.adaptiveLearningRate()
        ? Optional.of(new TvLearningRate(config.tvLow(), config.tvHigh(), config.tvFactor()))
        : Optional.empty();
  }

  private static Optional<DecoupledPpoLoss.WeightCap> cap(DecoupledPpoConfig config) {
    return config.cap() > 0
        ? Optional.of(
            new DecoupledPpoLoss.WeightCap(config.cap(), config.capLevel(), config.capAction()))
        : Optional.empty();
  }

  private static BapoLoss bapo(BapoConfig config) {
    return new BapoLoss(
        new BapoBounds.Search(
            config.target(), range(config.low()), range(config.high()), config.share()));
  }

  private static BapoBounds.Range range(RangeConfig config) {
    return new BapoBounds.Range(config.start(), config.end(), config.step());
  }

  private static ToprLoss topr(ToprConfig config) {
    return new ToprLoss(
        config.ratio(),
        new ToprLoss.Limits(config.positiveLow(), config.positiveHigh()),
        new ToprLoss.Limits(config.negativeLow(), config.negativeHigh()));
  }

  private static OptionalDouble offWhenZero(double value) {
    return value == 0 ? OptionalDouble.empty() : OptionalDouble.of(value);
  }
}
