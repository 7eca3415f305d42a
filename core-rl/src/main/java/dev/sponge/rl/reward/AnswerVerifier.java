package dev.sponge.rl.reward;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What verifiers of one extracted answer share: any of several gold answers ({@link Golds}), a gold
 * answer that is not understood fails, and the right format adds its weight to the reward whether
 * the answer is right or not.
 *
 * @param <G> a gold answer as understood
 */
abstract class AnswerVerifier<G> implements Verifier {
  private static final int LONGEST_QUOTE = 40;

  private final double formatWeight;

  /**
   * @param formatWeight 0 or more, finite; what the right format adds to the reward
   */
  AnswerVerifier(double formatWeight) {
    if (!(formatWeight >= 0) || Double.isInfinite(formatWeight)) {
      throw new IllegalArgumentException("formatWeight is " + formatWeight);
    }
    this.formatWeight = formatWeight;
  }

  /** Version of the rules, and parameters, each as {@code +name} and value. */
  abstract String rules();

  /** What a gold answer must be, for a sentence. */
  abstract String goldKind();

  /** The gold answer; empty if it is not understood. */
  abstract Optional<G> gold(String text);

  /** The answer in a response, if it has one. */
  abstract Optional<String> answer(String response, boolean truncated);

  /** Why the answer is not right, in a few words; empty if it is. */
  abstract String fault(G gold, String answer);

  /** Whether the response has the required form. */
  boolean formatOk(String response, boolean truncated) {
    return Box.alone(response, truncated);
  }

  @Override
  public final String version() {
    return formatWeight == 0 ? rules() : rules() + "+format" + formatWeight;
  }

  @Override
  public final Verdict verify(String response, String goldAnswer, boolean truncated) {
    if (response == null || goldAnswer == null) {
      return Verdict.failed(response == null ? "no response" : "no gold answer");
    }
    List<G> golds = new ArrayList<>();
    for (String text : Golds.of(goldAnswer)) {
      Optional<G> gold = gold(text);
      if (gold.isEmpty()) {
        return Verdict.failed("gold answer is not " + goldKind() + ": " + quote(text));
      }
      golds.add(gold.get());
    }
    Optional<String> answer = answer(response, truncated);
    String fault = answer.isEmpty() ? "no answer" : fault(golds, answer.get());
    boolean correct = fault.isEmpty();
    boolean formatOk = formatOk(response, truncated);
    double reward = (correct ? 1 : 0) + (formatOk ? formatWeight : 0);
    return Verdict.scored(reward, correct, formatOk, correct ? "right" : fault);
  }

  /** The fault against the first gold answer, unless another one accepts. */
  private String fault(List<G> golds, String answer) {
    List<String> faults = golds.stream().map(gold -> fault(gold, answer)).toList();
    return faults.contains("") ? "" : faults.get(0);
  }

  private static String quote(String text) {
    return text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "...";
  }
}
