package dev.sponge.rl.reward.math;

import dev.sponge.rl.UserError;
import dev.sponge.rl.reward.Golds;
import dev.sponge.rl.reward.math.ParseResult.Parsed;
import dev.sponge.rl.reward.math.ParseResult.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Finds the answer in a response and compares it with the gold answer, by the rules of a {@link
 * Preset}. Stateless and thread-safe; the same pair always gets the same verdict, within bounds of
 * length, depth and work. A gold answer may be several, any of which will do ({@link Golds}).
 */
public final class MathVerifier {
  private static final int LONGEST_QUOTE = 60;

  private final Preset preset;
  private final VerifyOptions options;

  private MathVerifier(Preset preset, VerifyOptions options) {
    this.preset = preset;
    this.options = options;
  }

  /** The verifier of a preset. */
  public static MathVerifier of(Preset preset) {
    Objects.requireNonNull(preset, "preset");
    return new MathVerifier(preset, options(preset));
  }

  static VerifyOptions options(Preset preset) {
    return switch (preset) {
      // A rounded decimal earns no reward. Relations and sets of their solutions are equal both
      // ways.
      case REWARD -> new VerifyOptions(0, true, true, true, true, Units.KNOWN, Limits.STANDARD);
      case MATH_VERIFY, DEEPSCALER ->
          new VerifyOptions(6, true, true, true, true, Units.KNOWN, Limits.STANDARD);
    };
  }

  /**
   * The verdict on a response, in which the answer is looked for where the preset says.
   *
   * @param gold one gold answer or a JSON array of them
   */
  public MathVerdict verify(String gold, String response) {
    return judge(gold, response).verdict();
  }

  /**
   * The verdict on an answer; a text that holds {@code \boxed} is a response instead.
   *
   * @param gold one gold answer or a JSON array of them
   */
  public MathVerdict equal(String gold, String answer) {
    return answer.contains("\\boxed")
        ? verify(gold, answer)
        : judge(gold, List.of(answer)).verdict();
  }

  /**
   * Makes sure that a gold answer is understood.
   *
   * @throws UserError if it, or one of several, is not
   */
  public void checkGold(String gold) {
    Optional<String> fault = parseGolds(gold).fault();
    if (fault.isPresent()) {
      throw new UserError(
          "gold answer not understood: %s; write it in LaTeX or as a plain number, or use another verifier"
              .formatted(fault.get()));
    }
  }

  /**
   * A verdict, and whose fault it is.
   *
   * @param goldFault why the gold answer is not understood; empty if it is
   */
  record Judgement(MathVerdict verdict, Optional<String> goldFault) {}

  Judgement judge(String gold, String response) {
    return judge(gold, candidates(response));
  }

  private List<String> candidates(String response) {
    return switch (preset) {
      case REWARD ->
          Thought.answerPart(response)
              .map(part -> Extraction.candidates(part, Extraction.Mode.ONLY_BOX))
              .orElse(List.of());
      case MATH_VERIFY -> Extraction.candidates(response, Extraction.Mode.ANY);
      case DEEPSCALER ->
          Thought.afterThought(response)
              .map(part -> Extraction.candidates(part, Extraction.Mode.BOXED))
              .orElse(List.of());
    };
  }

  private Judgement judge(String gold, List<String> candidates) {
    ParsedGolds golds = parseGolds(gold);
    String found = candidates.isEmpty() ? "" : candidates.get(0);
    if (golds.fault().isPresent()) {
      return new Judgement(
          new MathVerdict(golds.outcome(), Method.NONE, gold, found), golds.fault());
    }
    MathVerdict verdict =
        candidates.isEmpty()
            ? new MathVerdict(Outcome.NO_ANSWER, Method.NONE, golds.first(), "")
            : firstUnderstood(golds, candidates);
    return new Judgement(verdict, Optional.empty());
  }

  private MathVerdict firstUnderstood(ParsedGolds golds, List<String> candidates) {
    MathVerdict refused = null;
    for (String candidate : candidates) {
      ParseResult parsed = AnswerParser.parse(candidate, options);
      if (parsed instanceof Parsed understood) {
        return compare(golds.answers(), understood.answer());
      }
      if (refused == null) {
        Outcome outcome = ((Refused) parsed).outcome();
        refused = new MathVerdict(outcome, Method.NONE, golds.first(), candidate);
      }
    }
    return refused;
  }

  /** The verdict on the first gold answer, unless another one is equal. */
  private MathVerdict compare(List<Answer> golds, Answer answer) {
    MathVerdict first = null;
    for (Answer gold : golds) {
      Comparison comparison = AnswerComparer.compare(gold, answer, options);
      Outcome outcome =
          comparison.equal() && !formAccepts(gold, answer)
              ? Outcome.DIFFERENT
              : comparison.outcome();
      MathVerdict verdict =
          new MathVerdict(outcome, comparison.method(), gold.canonical(), answer.canonical());
      if (verdict.equal()) {
        return verdict;
      }
      first = first == null ? verdict : first;
    }
    return first;
  }

  private boolean formAccepts(Answer gold, Answer answer) {
    return switch (preset) {
      case REWARD, MATH_VERIFY -> true;
      case DEEPSCALER -> DeepScalerForm.accepts(gold.text(), answer.text());
    };
  }

  /**
   * Gold answers.
   *
   * @param answers understood; without a fault at least one
   * @param outcome of the fault; equal without one
   * @param fault of the first that is not understood
   */
  private record ParsedGolds(List<Answer> answers, Outcome outcome, Optional<String> fault) {
    String first() {
      return answers.get(0).canonical();
    }
  }

  private ParsedGolds parseGolds(String gold) {
    List<Answer> answers = new ArrayList<>();
    for (String text : Golds.of(gold)) {
      ParseResult result = AnswerParser.parse(unboxed(text), options);
      if (result instanceof Refused refused) {
        return new ParsedGolds(
            answers, refused.outcome(), Optional.of(quote(text) + ": " + refused.reason()));
      }
      answers.add(((Parsed) result).answer());
    }
    return new ParsedGolds(answers, Outcome.EQUAL, Optional.empty());
  }

  private static String unboxed(String gold) {
    if (!gold.contains("\\boxed")) {
      return gold;
    }
    List<String> content = Extraction.candidates(gold, Extraction.Mode.BOXED);
    return content.isEmpty() ? gold : content.get(0);
  }

  private static String quote(String text) {
    return text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "...";
  }
}
