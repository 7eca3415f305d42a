package dev.sponge.datasets.similarity;

import dev.sponge.rl.UserError;
import java.io.Serializable;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The set of runs of neighbouring words of a prompt.
 *
 * @param words length of a run; prompts with fewer words are one shingle
 */
public record Shingles(int words) implements Serializable {
  private static final int LONGEST = 20;

  public Shingles {
    if (words < 1 || words > LONGEST) {
      throw new UserError(
          "shingles of %d words are not possible; give 1 to %d".formatted(words, LONGEST));
    }
  }

  /** The shingles, at least one, in their natural order. */
  public Set<String> of(String text) {
    List<String> all = PromptWords.of(text);
    Set<String> shingles = new TreeSet<>();
    int last = Math.max(0, all.size() - words);
    for (int from = 0; from <= last; from++) {
      shingles.add(String.join(" ", all.subList(from, Math.min(from + words, all.size()))));
    }
    return shingles;
  }

  /** Jaccard similarity of two texts: shared shingles by all shingles, 0 to 1. */
  public double similarity(String left, String right) {
    Set<String> all = of(left);
    Set<String> shared = of(right);
    int sizes = all.size() + shared.size();
    shared.retainAll(all);
    return (double) shared.size() / (sizes - shared.size());
  }
}
