package dev.sponge.datasets.similarity;

import java.io.Serializable;
import java.util.Comparator;

/**
 * Two prompts that are alike.
 *
 * @param left id of one
 * @param right id of the other
 * @param similarity Jaccard similarity of their shingles, 0 to 1
 */
public record SimilarPair(String left, String right, double similarity) implements Serializable {
  /** The closest first, then by ids. */
  public static final Comparator<SimilarPair> CLOSEST_FIRST =
      Comparator.comparingDouble(SimilarPair::similarity)
          .reversed()
          .thenComparing(SimilarPair::left)
          .thenComparing(SimilarPair::right);
}
