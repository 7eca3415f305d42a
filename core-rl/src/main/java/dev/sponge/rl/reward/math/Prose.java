package dev.sponge.rl.reward.math;

import java.util.ArrayList;
import java.util.List;

/** Answers that are words: names, letters of choices, sentences. They are compared as text. */
final class Prose {
  private Prose() {}

  /**
   * A plain word, a list of choices, or a number in a base with letters as digits; null for
   * anything else.
   */
  static Node special(String text) {
    String inner = unwrapped(text);
    boolean words = !inner.equals(text);
    if (words && choices(inner)) {
      return items(inner);
    }
    if (letters(inner)
        && inner.length() >= 3
        && Vocabulary.plainWord(inner) == null
        && !ascending(inner)) {
      return new Node.Text(inner);
    }
    return wordsOnly(text) ? new Node.Text(text) : based(text);
  }

  /**
   * Several words without signs or digits, at least one of them too long for a product of
   * variables.
   */
  private static boolean wordsOnly(String text) {
    String[] words = text.split(" +", -1);
    boolean word = false;
    for (String each : words) {
      if (!letters(each) || each.isEmpty() || Vocabulary.plainWord(each) != null) {
        return false;
      }
      word |= Spelling.isWord(each);
    }
    return words.length > 1 && word;
  }

  /** The content of \text{...} or the like, if that is the whole text. */
  private static String unwrapped(String text) {
    int open = text.indexOf('{');
    if (open < 2
        || !text.endsWith("}")
        || text.charAt(0) != '\\'
        || text.indexOf('{', open + 1) >= 0) {
      return text;
    }
    return Vocabulary.WORDS.contains(text.substring(1, open).strip())
        ? text.substring(open + 1, text.length() - 1).strip()
        : text;
  }

  /** Single capital letters with commas between them, at least two. */
  private static boolean choices(String text) {
    boolean letter = true;
    int count = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ' ') {
        continue;
      }
      if (letter != (c >= 'A' && c <= 'Z') || (!letter && c != ',')) {
        return false;
      }
      count += letter ? 1 : 0;
      letter = !letter;
    }
    return count >= 2 && !letter;
  }

  private static Node items(String text) {
    List<Node> items = new ArrayList<>();
    for (int i = 0; i < text.length(); i++) {
      if (Character.isLetter(text.charAt(i))) {
        items.add(new Node.Sym(text.substring(i, i + 1)));
      }
    }
    return new Node.Items(items, false);
  }

  private static boolean letters(String text) {
    return text.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
  }

  /**
   * Letters in alphabetical order, all small or of at most three letters: rather a product than a
   * word.
   */
  private static boolean ascending(String text) {
    boolean small = text.chars().allMatch(Character::isLowerCase);
    boolean ascending = true;
    for (int i = 1; i < text.length(); i++) {
      ascending &= text.charAt(i) > text.charAt(i - 1);
    }
    return small && (ascending || text.length() == 3);
  }

  /** A5_{11}, perhaps with its digits in braces of words. */
  private static Node based(String text) {
    int index = text.lastIndexOf('_');
    if (index < 1) {
      return null;
    }
    String digits = unwrapped(text.substring(0, index));
    String base = text.substring(index + 1).replace("{", "").replace("}", "").strip();
    boolean number =
        !base.isEmpty() && base.length() <= 2 && base.chars().allMatch(c -> c >= '0' && c <= '9');
    boolean mixed =
        digits.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'))
            && digits.chars().anyMatch(Character::isDigit)
            && digits.chars().anyMatch(Character::isLetter)
            && digits.length() <= 60;
    return number && mixed && Integer.parseInt(base) > 10 && Integer.parseInt(base) <= 36
        ? PrimaryGrammar.based(digits, Integer.parseInt(base))
        : null;
  }

  /**
   * The text as words if it holds at least two and no command that is not known; null otherwise.
   */
  static Node sentence(String text, List<Token> tokens) {
    long words = tokens.stream().filter(token -> token.kind() == Token.Kind.WORDS).count();
    boolean known =
        tokens.stream()
            .filter(
                token -> token.kind() == Token.Kind.COMMAND && text.charAt(token.start()) == '\\')
            .allMatch(
                token ->
                    token.text().length() == 1
                        || PrimaryGrammar.starts(token.text())
                        || Vocabulary.RELATIONS.containsKey(token.text())
                        || token.text().equals("or")
                        || token.text().equals("and"));
    return words >= 2 && known ? new Node.Text(text) : null;
  }
}
