package dev.sponge.jobs.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** Suggestion for a mistyped key. */
final class Nearest {
  private Nearest() {}

  /**
   * The candidate with the fewest edits; a right last name in a wrong section costs one edit.
   *
   * @param candidates not empty
   */
  static String of(String key, Collection<String> candidates) {
    String text = key.toLowerCase(Locale.ROOT).replace('-', '_');
    return candidates.stream()
        .min(
            Comparator.comparingInt(
                candidate ->
                    Math.min(edits(text, candidate), edits(last(text), last(candidate)) + 1)))
        .orElseThrow();
  }

  private static String last(String key) {
    return key.substring(key.lastIndexOf('.') + 1);
  }

  /** Levenshtein distance. */
  static int edits(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitution = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substitution, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
