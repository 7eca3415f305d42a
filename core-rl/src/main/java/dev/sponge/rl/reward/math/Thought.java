package dev.sponge.rl.reward.math;

import java.util.Optional;

/** The thought of a reasoning model, {@code <think>...</think>}, in front of its answer. */
final class Thought {
  static final String OPEN = "<think>";
  static final String CLOSE = "</think>";

  private Thought() {}

  /** What stands behind the last thought; all of it without one, nothing if one never ends. */
  static Optional<String> answerPart(String response) {
    int close = response.lastIndexOf(CLOSE);
    return response.lastIndexOf(OPEN) > close
        ? Optional.empty()
        : Optional.of(after(response, close));
  }

  /** What stands behind the last closed thought; nothing without one. */
  static Optional<String> afterThought(String response) {
    int close = response.lastIndexOf(CLOSE);
    return close < 0 ? Optional.empty() : Optional.of(after(response, close));
  }

  /**
   * Whether one thought comes first and is closed; its opening tag may stand in the prompt instead.
   */
  static boolean wellFormed(String response) {
    int close = response.indexOf(CLOSE);
    int open = response.indexOf(OPEN);
    return close >= 0
        && close == response.lastIndexOf(CLOSE)
        && open == response.lastIndexOf(OPEN)
        && open < close
        && (open < 0 || response.substring(0, open).isBlank());
  }

  private static String after(String response, int close) {
    return close < 0 ? response : response.substring(close + CLOSE.length());
  }
}
