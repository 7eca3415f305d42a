package dev.sponge.rl.training;

import dev.sponge.rl.SpongeException;
import dev.sponge.rl.model.TokenSequence;

/**
 * One rollout as the critic's trainer reads it.
 *
 * @param sequence prompt and response
 * @param returns (C) what the value of each response token should be, in units of the reward
 * @param oldValues (C) of this critic before the passes of the step
 */
public record CriticSequence(TokenSequence sequence, float[] returns, float[] oldValues)
    implements TokenSequence.Wrapper {
  /**
   * @throws IllegalArgumentException when the lengths differ
   * @throws SpongeException when a return or a value is not finite
   */
  public CriticSequence {
    int tokens = sequence.responseIds().length;
    if (returns.length != tokens || oldValues.length != tokens) {
      throw new IllegalArgumentException(
          "%d returns and %d old values for %d tokens"
              .formatted(returns.length, oldValues.length, tokens));
    }
    requireFinite("return", returns);
    requireFinite("old value", oldValues);
  }

  private static void requireFinite(String what, float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new SpongeException(what + " of token " + i + " is " + values[i]);
      }
    }
  }
}
