package dev.sponge.datasets;

/**
 * One prompt with its verifiable answer.
 *
 * @param promptId first 16 hex digits of the SHA-256 of (source, prompt)
 * @param source name of the data set
 * @param split {@code train} or {@code test}
 * @param prompt the text the policy sees, generation prompt included
 * @param answer the gold answer as text
 * @param level difficulty; for the synthetic task the number of operations
 * @param contentHash SHA-256 of (source, split, prompt, answer, level), 64 hex digits
 */
public record Problem(
    String promptId,
    String source,
    String split,
    String prompt,
    String answer,
    int level,
    String contentHash) {

  /** Split of the problems that training draws from. */
  public static final String TRAIN = "train";

  /** Split of the held-out problems. */
  public static final String TEST = "test";

  /** Builds a problem and derives its id and content hash. */
  public static Problem of(String source, String split, String prompt, String answer, int level) {
    return new Problem(
        Digests.sha256(source, prompt).substring(0, 16),
        source,
        split,
        prompt,
        answer,
        level,
        Digests.sha256(source, split, prompt, answer, Integer.toString(level)));
  }
}
