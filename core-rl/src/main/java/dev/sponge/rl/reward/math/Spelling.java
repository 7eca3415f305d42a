package dev.sponge.rl.reward.math;

/** What a run of letters or digits is likely to be. */
final class Spelling {
  private Spelling() {}

  /** sinx is sin x. */
  static String leadingFunction(String word) {
    for (String name : new String[] {"sin", "cos", "tan", "cot", "sec", "csc", "ln", "log"}) {
      if (word.length() == name.length() + 1 && word.startsWith(name)) {
        return name;
      }
    }
    return null;
  }

  /**
   * Whether a run of letters is rather a word than a product: four letters or more that are not in
   * alphabetical order.
   */
  static boolean isWord(String word) {
    if (word.length() < 4) {
      return false;
    }
    boolean ascending = true;
    boolean lower = false;
    for (int i = 0; i < word.length(); i++) {
      lower |= Character.isLowerCase(word.charAt(i));
      ascending &= i == 0 || word.charAt(i) > word.charAt(i - 1);
    }
    return lower && !ascending;
  }

  /** Whether the words are digits and signs between them. */
  static boolean numeric(String words) {
    boolean digits = false;
    for (int i = 0; i < words.length(); i++) {
      char c = words.charAt(i);
      digits |= c >= '0' && c <= '9';
      if ("0123456789.,+-/ ".indexOf(c) < 0) {
        return false;
      }
    }
    return digits;
  }

  /**
   * Whether commas separate thousands: the text is one number in groups of three, perhaps with
   * words before or after it.
   */
  static boolean thousands(String text) {
    int at = 0;
    while (at < text.length() && "+-$\\ ".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    int group = 0;
    int groups = 0;
    int i = at;
    for (; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= '0' && c <= '9') {
        group++;
      } else if (c == ',' && (groups == 0 ? group >= 1 && group <= 3 : group == 3)) {
        groups++;
        group = 0;
      } else {
        break;
      }
    }
    if (groups == 0 || group != 3) {
      return false;
    }
    while (i < text.length() && (text.charAt(i) == '.' || Character.isDigit(text.charAt(i)))) {
      i++;
    }
    for (; i < text.length(); i++) {
      if (",;=()[]".indexOf(text.charAt(i)) >= 0) {
        return false;
      }
    }
    return true;
  }
}
