package dev.sponge.datasets.similarity;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which of similar prompts stay. They are looked at in their order; one that is similar to one that
 * stays is dropped. So no two that stay are similar, and every dropped one is similar to the one
 * named with it; a chain of similar neighbours does not drop what is far from all that stay.
 */
public final class NearDuplicates {
  private NearDuplicates() {}

  /**
   * The dropped prompts.
   *
   * @param order ids, the one to keep rather first
   * @param pairs the similar pairs among them
   * @return a pair for each dropped prompt: {@code left} is dropped, {@code right} the closest of
   *     those that stay, the first in the order among equals; in the order of {@code order}
   */
  public static List<SimilarPair> dropped(List<String> order, List<SimilarPair> pairs) {
    Map<String, Integer> place = new HashMap<>();
    order.forEach(id -> place.put(id, place.size()));
    Map<String, List<SimilarPair>> neighbours = new HashMap<>();
    for (SimilarPair pair : pairs) {
      boolean leftLater = place.get(pair.left()) > place.get(pair.right());
      String later = leftLater ? pair.left() : pair.right();
      String earlier = leftLater ? pair.right() : pair.left();
      neighbours
          .computeIfAbsent(later, id -> new ArrayList<>())
          .add(new SimilarPair(later, earlier, pair.similarity()));
    }
    Comparator<SimilarPair> closest =
        Comparator.comparingDouble(SimilarPair::similarity)
            .reversed()
            .thenComparing(pair -> place.get(pair.right()));
    Set<String> gone = new HashSet<>();
    List<SimilarPair> dropped = new ArrayList<>();
    for (String id : order) {
      neighbours.getOrDefault(id, List.of()).stream()
          .filter(pair -> !gone.contains(pair.right()))
          .min(closest)
          .ifPresent(
              pair -> {
                gone.add(id);
                dropped.add(pair);
              });
    }
    return List.copyOf(dropped);
  }
}
