package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;

/** Over what a probability ratio is formed. Three algorithms: none is a variant of another. */
public enum RatioLevel {
  /** The ratio of each token: corrects the action, not how the state was reached. */
  TOKEN,
  /**
   * The product over the sequence: the unbiased one. Its logarithm grows with the length, so it
   * vanishes or explodes on long sequences.
   */
  SEQUENCE,
  /** The geometric mean over the sequence: of one size for all lengths, biased. */
  GEOMETRIC;

  /**
   * The logarithm of the ratio.
   *
   * @param tokens the batch the ratio belongs to
   * @param logRatio (B, C) log ratio of every token
   * @return (B, C) for {@link #TOKEN}, else (B, 1)
   */
  NDArray logRatio(SampledTokens tokens, NDArray logRatio) {
    return switch (this) {
      case TOKEN -> logRatio;
      case SEQUENCE -> tokens.sum(logRatio);
      case GEOMETRIC -> tokens.mean(logRatio);
    };
  }
}
