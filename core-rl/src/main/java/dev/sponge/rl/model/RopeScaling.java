package dev.sponge.rl.model;

import dev.sponge.rl.UserError;

/** How rotary frequencies are stretched for contexts longer than those of pretraining. */
public sealed interface RopeScaling {
  /** Not at all. */
  record None() implements RopeScaling {}

  /** Every position divided by the factor. */
  record Linear(double factor) implements RopeScaling {
    public Linear {
      requireFactor(factor);
    }
  }

  /**
   * Llama 3.1: low frequencies divided by the factor, high ones kept, those between blended.
   *
   * @param originalMaxPositions context of pretraining
   */
  record Llama3(
      double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositions)
      implements RopeScaling {
    public Llama3 {
      requireFactor(factor);
      if (!(lowFreqFactor > 0 && highFreqFactor > lowFreqFactor)) {
        throw new UserError(
            "rope scaling: high_freq_factor = "
                + highFreqFactor
                + " must exceed low_freq_factor = "
                + lowFreqFactor
                + ", and both 0");
      }
      requirePositions(originalMaxPositions);
    }
  }

  /**
   * YaRN (Peng et al., 2023): frequencies between two rotation counts are blended, and cos and sin
   * are scaled.
   *
   * @param attentionFactor of cos and sin
   * @param betaFast rotations over the context of pretraining above which a frequency is kept
   * @param betaSlow rotations below which it is divided by the factor
   * @param originalMaxPositions context of pretraining
   */
  record Yarn(
      double factor,
      double attentionFactor,
      double betaFast,
      double betaSlow,
      int originalMaxPositions)
      implements RopeScaling {
    public Yarn {
      requireFactor(factor);
      requirePositions(originalMaxPositions);
      if (!(attentionFactor > 0) || !(betaSlow > 0) || !(betaFast > betaSlow)) {
        throw new UserError(
            "rope scaling: attention_factor = "
                + attentionFactor
                + ", beta_slow = "
                + betaSlow
                + " and beta_fast = "
                + betaFast
                + " must be above 0, and beta_fast above beta_slow");
      }
    }
  }

  private static void requireFactor(double factor) {
    if (!(factor >= 1) || Double.isInfinite(factor)) {
      throw new UserError("rope scaling: factor = " + factor + " must be a number of at least 1");
    }
  }

  private static void requirePositions(int positions) {
    if (positions < 1) {
      throw new UserError(
          "rope scaling: original_max_position_embeddings = " + positions + " must be at least 1");
    }
  }
}
