package dev.sponge.rl.reward.math;

/** Compares parsed answers. The same verdict for the same pair, always; no shared state. */
public final class AnswerComparer {
  private AnswerComparer() {}

  /**
   * Compares an answer with the gold answer.
   *
   * @return equal or different, or limit if the comparison would go past a bound
   */
  public static Comparison compare(Answer gold, Answer answer, VerifyOptions options) {
    return Comparison.of(gold.canonical().equals(answer.canonical()), Method.TEXT);
  }
}
