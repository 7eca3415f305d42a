package dev.sponge.rl.reward;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reward 1 if the last {@code \boxed{...}} holds the letter of the right choice and nothing else:
 * {@code A}, {@code a}, {@code (A)}, {@code A.}, {@code A)} or {@code \text{A}}. The right format
 * is one box.
 */
public final class MultipleChoiceVerifier extends AnswerVerifier<Character> {
  private static final int LONGEST = 64;
  private static final Pattern STYLE =
      Pattern.compile("\\\\(?:text|textbf|textit|textrm|mathrm|mathbf|mathit|mathsf)\\s*\\{(.*)}");
  private static final Pattern LETTER = Pattern.compile("\\(([A-Za-z])\\)|([A-Za-z])\\s*[.:)]?");

  public MultipleChoiceVerifier(double formatWeight) {
    super(formatWeight);
  }

  @Override
  public String id() {
    return "multiple-choice";
  }

  @Override
  String rules() {
    return "1";
  }

  @Override
  String goldKind() {
    return "a letter";
  }

  @Override
  Optional<Character> gold(String text) {
    return letter(text);
  }

  @Override
  Optional<String> answer(String response, boolean truncated) {
    return Box.last(response).map(Box.Found::content);
  }

  @Override
  String fault(Character gold, String answer) {
    Optional<Character> letter = letter(answer);
    if (letter.isEmpty()) {
      return "no single letter in the box";
    }
    return letter.get().equals(gold) ? "" : "another choice";
  }

  private static Optional<Character> letter(String text) {
    if (text.length() > LONGEST) {
      return Optional.empty();
    }
    String rest = text.strip();
    for (Matcher style = STYLE.matcher(rest); style.matches(); style = STYLE.matcher(rest)) {
      rest = style.group(1).strip();
    }
    Matcher letter = LETTER.matcher(rest);
    if (!letter.matches()) {
      return Optional.empty();
    }
    String found = letter.group(1) == null ? letter.group(2) : letter.group(1);
    return Optional.of(found.toUpperCase(Locale.ROOT).charAt(0));
  }
}
