package dev.sponge.rl.model;

/** A prompt with the response whose tokens are scored or trained on. */
public interface TokenSequence {
  /** (P) tokens, at least one. */
  int[] promptIds();

  /** (C) tokens, the end token included where there is one. */
  int[] responseIds();

  /** Divides the logits; the temperature the response was sampled at. */
  double temperature();

  /** A sequence with something beside it: prompt and response are those of the one within. */
  interface Wrapper extends TokenSequence {
    /** The sequence within. */
    TokenSequence sequence();

    @Override
    default int[] promptIds() {
      return sequence().promptIds();
    }

    @Override
    default int[] responseIds() {
      return sequence().responseIds();
    }

    @Override
    default double temperature() {
      return sequence().temperature();
    }
  }
}
