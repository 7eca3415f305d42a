package dev.sponge.rl.reward.math;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds {@code \boxed{...}} from the end of a text. A bounded number of boxes of bounded length.
 */
final class Boxes {
  /** Boxes that are looked at, counted from the end. */
  static final int MOST = 40;

  /** Longest content, characters; as much of a longer one is kept as shows that it is too long. */
  static final int LONGEST = 4096;

  private static final String NAME = "\\boxed";

  private Boxes() {}

  /** How a box ends. */
  enum End {
    CLOSED,
    /** The text ends before the box does, or no brace follows the command. */
    OPEN,
    /** The content is longer than {@link #LONGEST}. */
    TOO_LONG
  }

  /**
   * One box.
   *
   * @param start of the command in the text
   * @param next first character behind the box
   * @param content between the braces, stripped; empty if the box is open
   */
  record Box(int start, int next, String content, End end) {
    boolean nested() {
      return content.contains(NAME);
    }
  }

  /** The boxes of a text in their order; of more than {@link #MOST} the last ones. */
  static List<Box> of(String text) {
    List<Box> boxes = new ArrayList<>();
    int looked = 0;
    for (int at = text.lastIndexOf(NAME);
        at >= 0 && looked < MOST;
        at = text.lastIndexOf(NAME, at - 1)) {
      looked++;
      if (isCommand(text, at) && !inComment(text, at)) {
        boxes.add(0, at(text, at));
      }
    }
    return boxes;
  }

  /** How often a box begins in a text of any length, counted up to 2. */
  static int count(String text) {
    int found = 0;
    for (int at = text.indexOf(NAME);
        at >= 0 && found < 2;
        at = text.indexOf(NAME, at + NAME.length())) {
      if (isCommand(text, at)) {
        found++;
      }
    }
    return found;
  }

  private static boolean isCommand(String text, int at) {
    int next = at + NAME.length();
    if (next < text.length() && Character.isLetter(text.charAt(next))) {
      return false;
    }
    int backslashes = 0;
    while (at - backslashes > 0 && text.charAt(at - backslashes - 1) == '\\') {
      backslashes++;
    }
    return backslashes % 2 == 0;
  }

  /** A line that begins with a percent sign is a comment in LaTeX. */
  private static boolean inComment(String text, int at) {
    int line = Math.max(text.lastIndexOf('\n', at), text.lastIndexOf('\r', at)) + 1;
    while (line < at && Character.isWhitespace(text.charAt(line))) {
      line++;
    }
    return text.charAt(line) == '%' || text.lastIndexOf("<!--", at) > text.lastIndexOf("-->", at);
  }

  private static Box at(String text, int start) {
    int open = start + NAME.length();
    while (open < text.length() && Character.isWhitespace(text.charAt(open))) {
      open++;
    }
    if (open == text.length() || text.charAt(open) != '{') {
      return new Box(start, open, "", End.OPEN);
    }
    int from = open + 1;
    int depth = 1;
    for (int i = from; i < text.length(); i++) {
      if (i - from > LONGEST) {
        return new Box(start, i, text.substring(from, i), End.TOO_LONG);
      }
      switch (text.charAt(i)) {
        case '\\' -> i++; // \{ and \} are braces of a set
        case '{' -> depth++;
        case '}' -> depth--;
        default -> {}
      }
      if (depth == 0) {
        return new Box(start, i + 1, text.substring(from, i).strip(), End.CLOSED);
      }
    }
    return new Box(start, text.length(), "", End.OPEN);
  }
}
