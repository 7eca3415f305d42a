package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;
import dev.sponge.rl.objective.BapoBounds.Share;
import dev.sponge.rl.objective.DecoupledPpoLoss.CapAction;
import dev.sponge.rl.objective.GePpoWeights.Target;
import dev.sponge.rl.objective.LossAggregation;
import dev.sponge.rl.objective.RatioLevel;
import java.util.Set;

/**
 * Section {@code objective}: the loss. {@code lengthNorm} 0 stands for {@code
 * rollout.max_new_tokens}; {@code dualClip} and {@code weightCap} 0 switch these extensions off.
 */
public record ObjectiveConfig(
    Loss loss,
    double clipEpsilonLow,
    double clipEpsilonHigh,
    KlConfig kl,
    double entropyCoefficient,
    LossAggregation aggregation,
    int lengthNorm,
    double dualClip,
    double weightCap,
    TruncatedImportanceConfig truncatedImportance,
    DecoupledPpoConfig decoupledPpo,
    GePpoConfig geppo,
    ToprConfig topr,
    BapoConfig bapo,
    OnlineDpoConfig onlineDpo) {
  /** A band of GSPO above this was meant for tokens: its ratio is a geometric mean. */
  private static final double WIDEST_GSPO_BAND = 0.05;

  /** The policy loss. */
  public enum Loss {
    MIX_PPG,
    PPO_CLIP,
    DECOUPLED_PPO,
    GEPPO,
    GSPO,
    GSPO_TOKEN,
    CISPO,
    BAPO,
    TOPR,
    ASYMRE,
    PROXIMAL_RLOO,
    ONLINE_DPO;

    private Set<LossAggregation> aggregations() {
      return switch (this) {
        case MIX_PPG, PPO_CLIP, DECOUPLED_PPO, GEPPO, CISPO, BAPO ->
            Set.of(LossAggregation.values());
        case GSPO, GSPO_TOKEN, PROXIMAL_RLOO, ONLINE_DPO ->
            Set.of(LossAggregation.SEQ_MEAN_TOKEN_MEAN);
        case TOPR, ASYMRE ->
            Set.of(LossAggregation.SEQ_MEAN_TOKEN_MEAN, LossAggregation.SEQ_MEAN_TOKEN_SUM);
      };
    }
  }

  /** Section {@code objective.truncated_importance}; cap 0 switches it off. */
  public record TruncatedImportanceConfig(double cap, RatioLevel level) {
    public TruncatedImportanceConfig {
      Check.range("objective.truncated_importance.cap", cap, 0, 1e6);
    }
  }

  /** Section {@code objective.decoupled_ppo}; cap 0 switches it off. */
  public record DecoupledPpoConfig(double cap, RatioLevel capLevel, CapAction capAction) {
    public DecoupledPpoConfig {
      Check.range("objective.decoupled_ppo.cap", cap, 0, 1e6);
    }
  }

  /** Section {@code objective.geppo}. */
  public record GePpoConfig(
      int batches,
      int maxPolicies,
      Target target,
      boolean adaptiveLearningRate,
      double tvLow,
      double tvHigh,
      double tvFactor) {
    public GePpoConfig {
      Check.range("objective.geppo.batches", batches, 1, 1000);
      Check.range("objective.geppo.max_policies", maxPolicies, 0, 1000);
      Check.range("objective.geppo.tv_low", tvLow, 0, 1000);
      Check.range("objective.geppo.tv_high", tvHigh, 0, 1000);
      Check.above("objective.geppo.tv_factor", tvFactor, 1, 1000);
      ordered("geppo.tv_low", tvLow, "geppo.tv_high", tvHigh);
    }
  }

  /** Section {@code objective.topr}. */
  public record ToprConfig(
      RatioLevel ratio,
      double positiveLow,
      double positiveHigh,
      double negativeLow,
      double negativeHigh) {
    public ToprConfig {
      Check.range("objective.topr.positive_low", positiveLow, 0, 1e6);
      Check.above("objective.topr.positive_high", positiveHigh, 0, 1e6);
      Check.range("objective.topr.negative_low", negativeLow, 0, 1e6);
      Check.above("objective.topr.negative_high", negativeHigh, 0, 1e6);
      ordered("topr.positive_low", positiveLow, "topr.positive_high", positiveHigh);
      ordered("topr.negative_low", negativeLow, "topr.negative_high", negativeHigh);
    }
  }

  /** Section {@code objective.bapo}; bounds are ratios. */
  public record BapoConfig(double target, Share share, RangeConfig low, RangeConfig high) {
    public BapoConfig {
      Check.share("objective.bapo.target", target);
      check("low", low, 0, 1);
      check("high", high, 1, 1e6);
    }
  }

  /** Sections {@code objective.bapo.low} and {@code objective.bapo.high}. */
  public record RangeConfig(double start, double end, double step) {}

  private static void check(String bound, RangeConfig range, double least, double most) {
    String key = "bapo." + bound;
    Check.range("objective." + key + ".start", range.start(), least, most);
    Check.range("objective." + key + ".end", range.end(), least, most);
    Check.above("objective." + key + ".step", range.step(), 0, 1e6);
    ordered(key + ".start", range.start(), key + ".end", range.end());
  }

  private static void ordered(String lowKey, double low, String highKey, double high) {
    if (low > high) {
      throw new UserError(
          "objective.%s = %s exceeds objective.%s = %s; lower the first or raise the second."
              .formatted(lowKey, low, highKey, high));
    }
  }

  /** Section {@code objective.online_dpo}. */
  public record OnlineDpoConfig(double beta, boolean ipo) {
    public OnlineDpoConfig {
      Check.above("objective.online_dpo.beta", beta, 0, 1e6);
    }
  }

  public ObjectiveConfig {
    Check.above("objective.clip_epsilon_low", clipEpsilonLow, 0, 1);
    Check.above("objective.clip_epsilon_high", clipEpsilonHigh, 0, 100);
    Check.range("objective.entropy_coefficient", entropyCoefficient, 0, 100);
    Check.range("objective.length_norm", lengthNorm, 0, 1_048_576);
    if (dualClip != 0) {
      Check.above("objective.dual_clip (0 switches it off)", dualClip, 1, 1e6);
      onlyFor("objective.dual_clip", dualClip, loss, Set.of(Loss.MIX_PPG, Loss.PPO_CLIP));
    }
    if (weightCap != 0) {
      Check.above("objective.weight_cap (0 switches it off)", weightCap, 0, 1e6);
      onlyFor("objective.weight_cap", weightCap, loss, Set.of(Loss.MIX_PPG));
    }
    if (geppo.adaptiveLearningRate() && loss != Loss.GEPPO) {
      throw new UserError(
          "objective.geppo.adaptive_learning_rate = true has no meaning for objective.loss = %s, which has no band of its own; set it to false or the loss to geppo."
              .formatted(Choice.keyOf(loss)));
    }
    if (!loss.aggregations().contains(aggregation)) {
      throw new UserError(
          "objective.aggregation = %s contradicts objective.loss = %s, which has one term a sequence; set objective.aggregation to %s."
              .formatted(
                  Choice.keyOf(aggregation),
                  Choice.keyOf(loss),
                  Choice.keyOf(LossAggregation.SEQ_MEAN_TOKEN_MEAN)));
    }
    boolean gspo = loss == Loss.GSPO || loss == Loss.GSPO_TOKEN;
    if (gspo && Math.max(clipEpsilonLow, clipEpsilonHigh) > WIDEST_GSPO_BAND) {
      throw new UserError(
          "objective.clip_epsilon_low = %s and objective.clip_epsilon_high = %s look like bounds of token ratios; the sequence ratio of objective.loss = %s is a geometric mean that moves far less. The paper has 3e-4 and 4e-4; values above %s are refused."
              .formatted(clipEpsilonLow, clipEpsilonHigh, Choice.keyOf(loss), WIDEST_GSPO_BAND));
    }
    if (loss == Loss.ONLINE_DPO && truncatedImportance.cap() > 0) {
      throw new UserError(
          "objective.truncated_importance.cap = %s contradicts objective.loss = online-dpo, which has no importance ratio; set it to 0."
              .formatted(truncatedImportance.cap()));
    }
  }

  private static void onlyFor(String key, double value, Loss loss, Set<Loss> losses) {
    if (!losses.contains(loss)) {
      throw new UserError(
          "%s = %s has no meaning for objective.loss = %s; set it to 0."
              .formatted(key, value, Choice.keyOf(loss)));
    }
  }

  ObjectiveConfig withKl(KlConfig newKl) {
    return new ObjectiveConfig(
        loss,
        clipEpsilonLow,
        clipEpsilonHigh,
        newKl,
        entropyCoefficient,
        aggregation,
        lengthNorm,
        dualClip,
        weightCap,
        truncatedImportance,
        decoupledPpo,
        geppo,
        topr,
        bapo,
        onlineDpo);
  }
}
