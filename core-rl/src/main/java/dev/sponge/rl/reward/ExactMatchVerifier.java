package dev.sponge.rl.reward;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reward 1 if the answer is the gold answer character by character; white space at the ends does
 * not count, and within the answer any stretch of it is one space.
 */
public final class ExactMatchVerifier extends AnswerVerifier<String> {
  private static final Pattern WHITE_SPACE =
      Pattern.compile("\\s++", Pattern.UNICODE_CHARACTER_CLASS);

  /** Where the answer stands. */
  public enum Part {
    /** The content of the last {@code \boxed{...}}; the right format is one box. */
    LAST_BOX,
    /** All of a response that is not truncated, which is the right format. */
    RESPONSE
  }

  private final Part part;

  /**
   * @param formatWeight what the right format adds; 0 with {@link Part#RESPONSE}, where a right
   *     answer has no other format
   */
  public ExactMatchVerifier(Part part, double formatWeight) {
    super(formatWeight);
    if (part == Part.RESPONSE && formatWeight != 0) {
      throw new IllegalArgumentException("formatWeight is " + formatWeight + " without a box");
    }
    this.part = part;
  }

  @Override
  public String id() {
    return "exact-match";
  }

  @Override
  String rules() {
    return switch (part) {
      case LAST_BOX -> "1";
      case RESPONSE -> "1+response";
    };
  }

  @Override
  String goldKind() {
    return "a text";
  }

  @Override
  Optional<String> gold(String text) {
    String gold = normalised(text);
    return gold.isEmpty() ? Optional.empty() : Optional.of(gold);
  }

  @Override
  Optional<String> answer(String response, boolean truncated) {
    return switch (part) {
      case LAST_BOX -> Box.last(response).map(Box.Found::content);
      case RESPONSE -> truncated ? Optional.empty() : Optional.of(response);
    };
  }

  @Override
  String fault(String gold, String answer) {
    return normalised(answer).equals(gold) ? "" : "another text";
  }

  @Override
  boolean formatOk(String response, boolean truncated) {
    return switch (part) {
      case LAST_BOX -> super.formatOk(response, truncated);
      case RESPONSE -> !truncated;
    };
  }

  private static String normalised(String text) {
    return WHITE_SPACE.matcher(text).replaceAll(" ").strip();
  }
}
