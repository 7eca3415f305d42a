package dev.sponge.rl.reward.math;

import java.util.HashMap;
import java.util.Map;

/**
 * Brings an answer into plain ASCII LaTeX: other characters by name, no dollar signs around
 * formulas, no full stop at the end.
 */
final class TextCleaner {
  /** Characters, and after a space what each of them is replaced by. */
  private static final String CHARACTERS =
      """
      −–—‐‑ -
      × \\times
      ⋅·∙• \\cdot
      ÷∕⁄ /
      √ \\sqrt
      ∞ \\infty
      ≤⩽ \\le
      ≥⩾ \\ge
      ≠ \\ne
      ≈ \\approx
      ∪ \\cup
      ∩ \\cap
      ∖ \\setminus
      ∈ \\in
      ∉ \\notin
      ∅ \\emptyset
      ± \\pm
      ∓ \\mp
      ∨ \\lor
      ° ^\\circ
      ′’‘ '
      ″ ''
      “” "
      ∣ |
      ⌊ \\lfloor
      ⌋ \\rfloor
      ⌈ \\lceil
      ⌉ \\rceil
      ⟨ \\langle
      ⟩ \\rangle
      ∠ \\angle
      △ \\triangle
      ℏ \\hbar
      € \\euro
      £ \\pounds
      ℝ \\mathbb{R}
      ℤ \\mathbb{Z}
      ℕ \\mathbb{N}
      ℚ \\mathbb{Q}
      ℂ \\mathbb{C}
      ½ \\frac{1}{2}
      ¼ \\frac{1}{4}
      ¾ \\frac{3}{4}
      ⅓ \\frac{1}{3}
      ⅔ \\frac{2}{3}
      ⅕ \\frac{1}{5}
      ⅛ \\frac{1}{8}
      """;

  private static final String SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  private static final String SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";

  private static final Map<Character, String> NAMES = names();

  private TextCleaner() {}

  /** The cleaned text; characters without a name stay. */
  static String clean(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      String name = NAMES.get(c);
      if (name != null) {
        out.append(name);
      } else if (c >= '\uff01' && c <= '\uff5e') {
        out.append((char) (c - '\uff01' + '!'));
      } else if (c == '\\' && i + 1 < text.length()) {
        i = copyEscape(text, i, out);
      } else if (c == '$') {
        out.append(dollars(text, i) ? "\\$" : " ");
      } else {
        out.append(Character.isWhitespace(c) ? ' ' : c);
      }
    }
    return trim(out.toString());
  }

  private static int copyEscape(String text, int at, StringBuilder out) {
    char next = text.charAt(at + 1);
    if (next == '(' || next == ')' || next == '[' || next == ']') {
      out.append(' ');
    } else {
      out.append('\\').append(next);
    }
    return at + 1;
  }

  /** Whether a bare dollar sign is money: at the start, before a digit, and the only one. */
  private static boolean dollars(String text, int at) {
    if (at + 1 >= text.length() || !Character.isDigit(text.charAt(at + 1))) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (i != at && text.charAt(i) == '$' && (i == 0 || text.charAt(i - 1) != '\\')) {
        return false;
      }
    }
    return text.substring(0, at).isBlank();
  }

  private static String trim(String text) {
    int end = text.length();
    while (end > 0 && closing(text, end)) {
      end--;
    }
    return text.substring(0, end).strip();
  }

  private static boolean closing(String text, int end) {
    char last = text.charAt(end - 1);
    if (last == ' ' && end > 1 && text.charAt(end - 2) == '\\') {
      return false;
    }
    return last == ' ' || last == '.' || last == ',' || last == ';' || last == ':';
  }

  private static Map<Character, String> names() {
    Map<Character, String> names = new HashMap<>();
    for (String line : CHARACTERS.split("\n", -1)) {
      int space = line.indexOf(' ');
      for (int i = 0; i < space; i++) {
        String name = line.substring(space + 1);
        names.put(line.charAt(i), name.contains("\\") ? name + " " : name);
      }
    }
    for (int digit = 0; digit < 10; digit++) {
      names.put(SUPERSCRIPTS.charAt(digit), "^{" + digit + "}");
      names.put(SUBSCRIPTS.charAt(digit), "_{" + digit + "}");
    }
    names.put('\u2061', "");
    names.put('\u2062', " ");
    String greek =
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho - sigma tau upsilon phi chi psi omega";
    String[] letters = greek.split(" ", -1);
    for (int i = 0; i < letters.length; i++) {
      if (!letters[i].equals("-")) {
        names.put((char) ('α' + i), "\\" + letters[i] + " ");
      }
    }
    for (String capital :
        new String[] {
          "ΓGamma", "ΔDelta", "ΘTheta", "ΛLambda", "ΞXi", "ΠPi", "ΣSigma", "ΦPhi", "ΨPsi", "ΩOmega"
        }) {
      names.put(capital.charAt(0), "\\" + capital.substring(1) + " ");
    }
    return Map.copyOf(names);
  }
}
