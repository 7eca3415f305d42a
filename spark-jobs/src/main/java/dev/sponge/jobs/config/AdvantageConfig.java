package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;
import dev.sponge.rl.advantage.AdvantageEstimator;
import dev.sponge.rl.advantage.AdvantageSettings;
import dev.sponge.rl.advantage.GroupStd;
import java.util.Optional;

/** Section {@code advantage}: how rewards become advantages. */
public record AdvantageConfig(
    Estimator estimator,
    double stdEpsilon,
    GroupStd groupStd,
    double valueOffset,
    double baseline,
    double gamma,
    double lambda,
    OffPolicy offPolicy,
    ZeroVarianceGroups zeroVarianceGroups) {

  /** What a response's rewards are compared with. */
  public enum Estimator implements Choice {
    GRPO("grpo", AdvantageEstimator.GRPO),
    DR_GRPO("dr-grpo", AdvantageEstimator.DR_GRPO),
    RLOO("rloo", AdvantageEstimator.RLOO),
    ASYMRE("asymre", AdvantageEstimator.ASYMRE),
    REWARD("reward", AdvantageEstimator.REWARD),
    /** Rewards to go, whitened over the batch. */
    REINFORCE_PLUS_PLUS("reinforce++", null),
    /** Reward minus group mean, whitened over the batch. */
    REINFORCE_PLUS_PLUS_BASELINE("reinforce++-baseline", null),
    /** Generalised advantage estimation with a critic. */
    GAE("gae", null);

    private final String key;
    private final AdvantageEstimator ofGroup;

    Estimator(String key, AdvantageEstimator ofGroup) {
      this.key = key;
      this.ofGroup = ofGroup;
    }

    @Override
    public String key() {
      return key;
    }

    /** The estimator that looks at one group alone, where this is one. */
    public Optional<AdvantageEstimator> ofGroup() {
      return Optional.ofNullable(ofGroup);
    }

    boolean needsGroup() {
      return this == REINFORCE_PLUS_PLUS_BASELINE
          || ofGroup().map(AdvantageEstimator::needsGroup).orElse(false);
    }
  }

  /** Advantages of replayed groups. */
  public enum OffPolicy {
    /** Those of the step that sampled the group; with a critic, of an older one: biased. */
    STORED,
    /** From the values of the current critic. */
    REEVALUATE,
    /** The same, with truncated importance weights. */
    VTRACE
  }

  /** What happens to a group whose rewards are all equal. */
  public enum ZeroVarianceGroups {
    /** Its tokens stay in the denominator of the loss. */
    KEEP,
    /** It leaves the step (DAPO's filter without its refill). */
    DROP
  }

  public AdvantageConfig {
    Check.above("advantage.std_epsilon", stdEpsilon, 0, 1);
    Check.range("advantage.value_offset", valueOffset, -1e6, 1e6);
    Check.range("advantage.baseline", baseline, -1e6, 1e6);
    Check.share("advantage.gamma", gamma);
    Check.share("advantage.lambda", lambda);
    if (estimator != Estimator.GAE && offPolicy != OffPolicy.STORED) {
      throw new UserError(
          "advantage.off_policy = "
              + Choice.keyOf(offPolicy)
              + " needs a critic, which advantage.estimator = "
              + Choice.keyOf(estimator)
              + " has not; set advantage.estimator = gae or advantage.off_policy = stored.");
    }
  }

  /** Whether a critic is trained beside the policy. */
  public boolean needsCritic() {
    return estimator == Estimator.GAE;
  }

  /** Whether the critic's advantages are kept for replays. */
  public boolean keepsCriticAdvantages() {
    return needsCritic() && offPolicy == OffPolicy.STORED;
  }

  /** The constants in the terms of core-rl. */
  public AdvantageSettings settings() {
    return new AdvantageSettings(stdEpsilon, groupStd, valueOffset, baseline);
  }
}
