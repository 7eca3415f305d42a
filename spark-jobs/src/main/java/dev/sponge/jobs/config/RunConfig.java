package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;
import java.util.regex.Pattern;

/** Section {@code run}: which run of the work directory, with which algorithm, how far. */
public record RunConfig(String name, Algorithm algorithm, Mode mode, long seed, int steps) {

  /** The training algorithm. */
  public enum Algorithm {
    /** Phase 1 with history and KL-Convex, reincarnation at step T, then on-policy GRPO. */
    REMIX_GRPO,
    /** On-policy GRPO from the first step, by the same code. */
    GRPO,
    /** As REMIX_GRPO with a critic's advantages. */
    REMIX_PPO,
    /** On-policy PPO with a critic, by the same code. */
    PPO;

    boolean hasCritic() {
      return this == REMIX_PPO || this == PPO;
    }
  }

  /** What an outer step does. */
  public enum Mode {
    /** pi_k samples, then step k trains. */
    BOTH,
    /** The base policy samples; nothing is trained. */
    EXPLORE,
    /** Step k trains on rollouts of earlier policies while pi_k samples. */
    ASYNC
  }

  /** A run name is part of paths and partition values. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  public RunConfig {
    if (!NAME.matcher(name).matches()) {
      throw new UserError(
          "run.name = \""
              + name
              + "\" cannot be used: it becomes a directory name, so it takes 1 to"
              + " 64 letters, digits, dots, hyphens and underscores and begins with a letter or digit.");
    }
    Check.range("run.steps", steps, 1, 1_000_000);
  }
}
