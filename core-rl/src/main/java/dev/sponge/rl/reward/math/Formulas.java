package dev.sponge.rl.reward.math;

import java.util.ArrayList;
import java.util.List;

/** Finds formulas between dollars, {@code \(...\)} and {@code \[...\]} in one pass over a text. */
final class Formulas {
  private final String text;
  // Next closing delimiter of each kind at or behind the place last asked for; MAX if there is
  // none.
  private int roundClose = -1;
  private int squareClose = -1;
  private int dollarsClose = -1;

  private Formulas(String text) {
    this.text = text;
  }

  /**
   * A formula with its delimiters.
   *
   * @param start first character of the opening delimiter
   * @param next first character behind the closing one
   * @param content between them, stripped
   */
  record Formula(int start, int next, String content) {}

  /** All formulas in their order. Delimiters that are escaped or not closed are plain text. */
  static List<Formula> of(String text) {
    return new Formulas(text).all();
  }

  private List<Formula> all() {
    List<Formula> found = new ArrayList<>();
    int at = 0;
    while (at + 1 < text.length()) {
      Formula formula =
          switch (text.charAt(at)) {
            case '\\' -> behindBackslash(at);
            case '$' -> inDollars(at);
            default -> null;
          };
      if (formula != null) {
        found.add(formula);
        at = formula.next();
      } else {
        at += text.charAt(at) == '\\' ? 2 : 1;
      }
    }
    return found;
  }

  private Formula behindBackslash(int at) {
    switch (text.charAt(at + 1)) {
      case '(' -> {
        roundClose = closing("\\)", at + 2, roundClose);
        return formula(at, 2, roundClose, false);
      }
      case '[' -> {
        squareClose = closing("\\]", at + 2, squareClose);
        return formula(at, 2, squareClose, true);
      }
      default -> {
        return null;
      }
    }
  }

  private Formula inDollars(int at) {
    if (text.charAt(at + 1) == '$') {
      dollarsClose = closing("$$", at + 2, dollarsClose);
      return formula(at, 2, dollarsClose, true);
    }
    for (int i = at + 1; i < text.length() && i - at <= Boxes.LONGEST; i++) {
      char c = text.charAt(i);
      if (c == '$') {
        return new Formula(at, i + 1, text.substring(at + 1, i).strip());
      }
      if (c == '\n') {
        return null;
      }
      if (c == '\\') {
        i++;
      }
    }
    return null;
  }

  /** The next delimiter at or behind a place, searched for only if the last one lies before it. */
  private int closing(String delimiter, int from, int last) {
    if (last >= from) {
      return last;
    }
    int found = text.indexOf(delimiter, from);
    return found < 0 ? Integer.MAX_VALUE : found;
  }

  private Formula formula(int start, int width, int close, boolean lines) {
    int from = start + width;
    if (close == Integer.MAX_VALUE || close - from > Boxes.LONGEST) {
      return null;
    }
    String content = text.substring(from, close);
    return lines || content.indexOf('\n') < 0
        ? new Formula(start, close + width, content.strip())
        : null;
  }
}
