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
    if (gold.canonical().equals(answer.canonical())) {
      return Comparison.of(true, Method.TEXT);
    }
    try {
      return new StructureComparer(options).compareAnswers(gold.node(), answer.node());
    } catch (Refusal refusal) {
      return new Comparison(Outcome.LIMIT, Method.NONE);
    }
  }
}
