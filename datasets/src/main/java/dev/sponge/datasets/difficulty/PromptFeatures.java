package dev.sponge.datasets.difficulty;

import dev.sponge.datasets.similarity.PromptWords;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;

/** What of a prompt may tell how hard it is. */
final class PromptFeatures {

  private static final Pattern COMMAND = Pattern.compile("\\\\[A-Za-z]+");
  private static final Pattern NUMBER = Pattern.compile("[0-9]+");
  private static final Pattern OPERATOR = Pattern.compile("[-+*/^=<>|]");

  private PromptFeatures() {}

  /**
   * Length in characters and words, distinct words, numbers and digits of the longest, LaTeX
   * commands, operators, level, and whether there is a level; lengths and counts as log(1 + x).
   */
  static double[] counts(RatedPrompt prompt) {
    String text = prompt.text();
    List<String> words = PromptWords.of(text);
    int longest =
        NUMBER.matcher(text).results().mapToInt(number -> number.group().length()).max().orElse(0);
    return new double[] {
      Math.log1p(text.length()),
      Math.log1p(words.size()),
      Math.log1p(new HashSet<>(words).size()),
      Math.log1p(count(NUMBER, text)),
      longest,
      Math.log1p(count(COMMAND, text)),
      Math.log1p(count(OPERATOR, text)),
      prompt.level(),
      prompt.level() > 0 ? 1 : 0
    };
  }

  /** Distinct words, the source and the subject, to be hashed. Numbers are one word by length. */
  static List<String> terms(RatedPrompt prompt) {
    List<String> terms = new ArrayList<>();
    terms.add("source=" + prompt.source());
    terms.add("subject=" + prompt.subject());
    PromptWords.of(prompt.text()).stream()
        .map(word -> Character.isDigit(word.charAt(0)) ? "digits=" + word.length() : word)
        .distinct()
        .forEach(terms::add);
    return terms;
  }

  private static double count(Pattern pattern, String text) {
    return (double) pattern.matcher(text).results().count();
  }
}
