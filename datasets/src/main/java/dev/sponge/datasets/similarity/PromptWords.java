package dev.sponge.datasets.similarity;

import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * The words of a prompt without what two editions of one problem write differently: letter case,
 * Unicode forms, LaTeX spacing and font commands, the kind of dots, fractions and inequality signs,
 * dollar signs, braces and punctuation. Figures in {@code [asy]} stay: they often are the problem.
 */
public final class PromptWords {
  private static final Pattern DOTS =
      Pattern.compile("\\\\[cl]?dots[cbmio]?(?![a-z])|\\.\\.\\.|\u2026");
  private static final Pattern FRACTION = Pattern.compile("\\\\[dtc]frac(?![a-z])");
  private static final Pattern LAYOUT =
      Pattern.compile(
          "\\\\(?:left|right|big[lr]?|displaystyle|textstyle|limits|q?quad|text|textbf|textit|textrm"
              + "|mathrm|mathbf|mbox|operatorname|rm|bf)(?![a-z])|\\\\[,;!: \\[\\]()\\\\]");
  private static final Pattern INEQUALITY = Pattern.compile("\\\\([lgn])eq(?:slant)?(?![a-z])");
  private static final Pattern WORD =
      Pattern.compile("\\p{L}+|\\p{Nd}+|[^\\s\\p{L}\\p{Nd}\\\\$~{}.,;:?!'\"`&]");

  private PromptWords() {}

  /**
   * Runs of letters, runs of digits, and signs one by one, in lower case; empty if none is left.
   */
  public static List<String> of(String text) {
    String plain = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    plain = DOTS.matcher(plain).replaceAll(" \\\\dots ");
    plain = FRACTION.matcher(plain).replaceAll("\\\\frac ");
    plain = LAYOUT.matcher(plain).replaceAll(" ");
    plain = INEQUALITY.matcher(plain).replaceAll("\\\\$1e ");
    return WORD.matcher(plain).results().map(MatchResult::group).toList();
  }
}
