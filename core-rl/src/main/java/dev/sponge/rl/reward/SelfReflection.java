package dev.sponge.rl.reward;

import dev.sponge.rl.UserError;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds self-reflection by keywords; the self-reflection rate is the share of responses with at
 * least one (arXiv 2507.06892, which does not publish its list).
 */
public final class SelfReflection {
  /** Used if the configuration names no others. */
  public static final List<String> DEFAULT_KEYWORDS =
      List.of(
          "wait",
          "recheck",
          "re-check",
          "let me check",
          "let me verify",
          "double-check",
          "alternatively",
          "hmm");

  private final Pattern pattern;

  /**
   * Prepares the search.
   *
   * @param keywords words or phrases, not blank; an empty list finds nothing
   * @throws UserError if a keyword is blank
   */
  public SelfReflection(List<String> keywords) {
    if (keywords.stream().anyMatch(String::isBlank)) {
      throw new UserError(
          "reward.reflection_keywords holds a blank keyword, which every response would match");
    }
    String any = keywords.stream().map(Pattern::quote).collect(Collectors.joining("|"));
    // Whole words only: "waiter" is no "wait". (?!) matches nothing.
    String expression =
        keywords.isEmpty() ? "(?!)" : "(?<![\\p{L}\\p{N}])(?:" + any + ")(?![\\p{L}\\p{N}])";
    this.pattern = Pattern.compile(expression, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
  }

  /** Whether the text holds at least one keyword as whole words, in any case. */
  public boolean reflects(String text) {
    return pattern.matcher(text).find();
  }
}
