package dev.sponge.rl.model;

/** A prompt with the response whose tokens are scored or trained on. */
public interface TokenSequence {
  /** (P) tokens, at least one. */
  int[] promptIds();

  /** (C) tokens, the end token included where there is one. */
  int[] responseIds();

  /** Divides the logits; the temperature the response was sampled at. */
  double temperature();
}
