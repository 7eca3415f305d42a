package dev.sponge.rl.reward.math;

import java.util.ArrayList;
import java.util.List;

/** Finds numbers and calculations such as {@code 1,234.5} or {@code 3/4} in prose, in one pass. */
final class PlainNumbers {
  private static final String OPERATORS = "+-*/^()×÷";

  private PlainNumbers() {}

  /**
   * Numbers and operators in a row.
   *
   * @param start of the first character in the text
   * @param text the row, cut if it is too long for an answer
   * @param lastNumber the last number in it; the row itself if it is but one
   */
  record Run(int start, String text, String lastNumber) {}

  /** All runs in their order. */
  static List<Run> of(String text) {
    List<Run> runs = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      if (!begins(text, at)) {
        at++;
        continue;
      }
      int next = at;
      int end = at; // behind the last digit or closing parenthesis
      int lastNumber = at;
      while (next < text.length()) {
        int number = numberEnd(text, next);
        if (number > next) {
          lastNumber = next;
          next = number;
          end = number;
        } else if (OPERATORS.indexOf(text.charAt(next)) >= 0 || text.charAt(next) == ' ') {
          next++;
          end = text.charAt(next - 1) == ')' ? next : end;
        } else {
          break;
        }
      }
      runs.add(run(text, at, end, lastNumber));
      at = Math.max(next, at + 1);
    }
    return runs;
  }

  private static Run run(String text, int start, int end, int lastNumber) {
    int percent = percentAt(text, end);
    String suffix = percent > end ? "%" : "";
    String whole = text.substring(start, Math.min(end, start + Boxes.LONGEST + 1)) + suffix;
    int numberEnd = numberEnd(text, lastNumber);
    String number =
        text.substring(lastNumber, Math.min(numberEnd, lastNumber + Boxes.LONGEST + 1)) + suffix;
    return new Run(start, whole, number);
  }

  /** A digit, or a sign or parenthesis before one, that does not go on a word. */
  private static boolean begins(String text, int at) {
    if (at > 0) {
      char before = text.charAt(at - 1);
      if (Character.isLetterOrDigit(before) || "._^\\".indexOf(before) >= 0) {
        return false;
      }
    }
    int digit = at;
    while (digit < text.length() && digit - at < 3 && "-(".indexOf(text.charAt(digit)) >= 0) {
      digit++;
    }
    return numberEnd(text, digit) > digit;
  }

  /** Where a number ends that begins at a place; the place itself if none does. */
  private static int numberEnd(String text, int start) {
    int at = digitsEnd(text, start);
    if (at > start) {
      while (at < text.length()
          && text.charAt(at) == ','
          && at - start <= Boxes.LONGEST
          && digitsEnd(text, at + 1) == at + 4) {
        at += 4;
      }
    }
    if (at + 1 < text.length() && text.charAt(at) == '.' && isDigit(text.charAt(at + 1))) {
      at = digitsEnd(text, at + 1);
    }
    return at;
  }

  private static int digitsEnd(String text, int start) {
    int at = start;
    while (at < text.length() && isDigit(text.charAt(at))) {
      at++;
    }
    return at;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** Where a percent sign or word ends that stands at a place; the place itself without one. */
  static int percentAt(String text, int place) {
    int at = place;
    while (at < text.length() && at - place < 3 && text.charAt(at) == ' ') {
      at++;
    }
    if (text.startsWith("\\%", at)) {
      return at + 2;
    }
    if (text.startsWith("%", at)) {
      return at + 1;
    }
    return text.regionMatches(true, at, "percent", 0, 7) ? at + 7 : place;
  }
}
