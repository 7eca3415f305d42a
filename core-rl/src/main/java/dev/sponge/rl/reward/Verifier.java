package dev.sponge.rl.reward;

/**
 * Judges a response against a gold answer. Implementations are thread-safe and, unless they ask a
 * service, stateless with the same verdict on every call; what they cannot judge is {@link
 * RewardStatus#FAILED}, never a reward of 0 and never an exception.
 */
public interface Verifier {
  /** Stable name, part of the key of the rewards table. */
  String id();

  /** Changes whenever some verdict may change, part of the key of the rewards table. */
  String version();

  /**
   * Judges one response.
   *
   * @param response the generated text without special tokens
   * @param goldAnswer the answer stored with the prompt
   * @param truncated whether generation ended at the length limit instead of an EOS
   */
  Verdict verify(String response, String goldAnswer, boolean truncated);
}
