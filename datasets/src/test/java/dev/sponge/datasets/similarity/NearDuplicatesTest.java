package dev.sponge.datasets.similarity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class NearDuplicatesTest {
  @Test
  void aChainDropsOnlyWhatIsCloseToOneThatStays() {
    List<SimilarPair> chain =
        List.of(new SimilarPair("a", "b", 0.9), new SimilarPair("b", "c", 0.85));

    assertThat(NearDuplicates.dropped(List.of("a", "b", "c"), chain))
        .containsExactly(new SimilarPair("b", "a", 0.9));
    assertThat(NearDuplicates.dropped(List.of("b", "c", "a"), chain))
        .containsExactly(new SimilarPair("c", "b", 0.85), new SimilarPair("a", "b", 0.9));
  }

  @Test
  void theClosestOfThoseThatStayIsNamed() {
    List<SimilarPair> pairs =
        List.of(
            new SimilarPair("a", "c", 0.8),
            new SimilarPair("b", "c", 0.9),
            new SimilarPair("d", "a", 0.8),
            new SimilarPair("d", "b", 0.8));

    assertThat(NearDuplicates.dropped(List.of("a", "b", "c", "d"), pairs))
        .containsExactly(new SimilarPair("c", "b", 0.9), new SimilarPair("d", "a", 0.8));
  }

  @Property(tries = 300)
  void whatStaysIsNotSimilarAndWhatGoesIs(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 20) int count) {
    Random random = new Random(seed);
    List<String> order = IntStream.range(0, count).mapToObj(i -> "p" + i).toList();
    List<SimilarPair> pairs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      for (int j = i + 1; j < count; j++) {
        if (random.nextInt(4) == 0) {
          pairs.add(new SimilarPair("p" + i, "p" + j, 0.8 + random.nextInt(3) / 10.0));
        }
      }
    }

    List<SimilarPair> dropped = NearDuplicates.dropped(order, pairs);

    Set<String> gone = dropped.stream().map(SimilarPair::left).collect(Collectors.toSet());
    assertThat(gone).hasSameSizeAs(dropped).doesNotContain("p0");
    assertThat(pairs).allMatch(pair -> gone.contains(pair.left()) || gone.contains(pair.right()));
    assertThat(dropped)
        .allMatch(
            pair ->
                !gone.contains(pair.right())
                    && pairs.contains(
                        new SimilarPair(pair.right(), pair.left(), pair.similarity())));
  }
}
