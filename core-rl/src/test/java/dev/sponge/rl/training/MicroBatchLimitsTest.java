package dev.sponge.rl.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.rl.model.TokenSequence;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class MicroBatchLimitsTest {
  private record Sequence(int[] promptIds, int[] responseIds, double temperature)
      implements TokenSequence {
    int length() {
      return promptIds.length + responseIds.length;
    }
  }

  @Property(tries = 200)
  void everySequenceGoesOnceAndNoPartExceedsItsLimits(
      @ForAll @Size(min = 1, max = 40) List<@IntRange(min = 1, max = 60) Integer> lengths,
      @ForAll @IntRange(min = 1, max = 9) int sequences,
      @ForAll @IntRange(min = 1, max = 200) int tokens) {
    List<Sequence> minibatch = new ArrayList<>();
    lengths.forEach(n -> minibatch.add(new Sequence(new int[n], new int[1], 1)));
    List<List<Sequence>> parts = new MicroBatchLimits(sequences, tokens).cut(minibatch);
    List<Sequence> all = new ArrayList<>();
    for (List<Sequence> part : parts) {
      int longest = part.stream().mapToInt(Sequence::length).max().orElseThrow();
      assertThat(part.size()).isBetween(1, sequences);
      assertThat(part.size() == 1 || part.size() * longest <= tokens).isTrue();
      all.addAll(part);
    }
    assertThat(all).containsExactlyInAnyOrderElementsOf(minibatch);
  }
}
