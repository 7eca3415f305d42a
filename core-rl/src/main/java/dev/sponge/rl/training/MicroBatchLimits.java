package dev.sponge.rl.training;

import dev.sponge.rl.model.TokenSequence;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How much goes through one forward and backward pass; bounds memory.
 *
 * @param sequences at most
 * @param tokens at most, padding included; a longer sequence goes alone
 */
public record MicroBatchLimits(int sequences, int tokens) {
  public MicroBatchLimits {
    if (sequences < 1 || tokens < 1) {
      throw new IllegalArgumentException(
          "sequences %d and tokens %d must be at least 1".formatted(sequences, tokens));
    }
  }

  /** So many sequences of any length. */
  public static MicroBatchLimits ofSequences(int sequences) {
    return new MicroBatchLimits(sequences, Integer.MAX_VALUE);
  }

  /** Cuts into parts of sequences of like length, so that little is padded. */
  public <S extends TokenSequence> List<List<S>> cut(List<S> minibatch) {
    List<S> sorted = new ArrayList<>(minibatch);
    sorted.sort(Comparator.comparingInt(MicroBatchLimits::length));
    List<List<S>> parts = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < sorted.size(); i++) {
      // Sorted: the newest is the longest, and all are padded to it.
      long padded = (long) (i + 1 - from) * length(sorted.get(i));
      if (i > from && (i - from >= sequences || padded > tokens)) {
        parts.add(sorted.subList(from, i));
        from = i;
      }
    }
    if (from < sorted.size()) {
      parts.add(sorted.subList(from, sorted.size()));
    }
    return parts;
  }

  private static int length(TokenSequence sequence) {
    return sequence.promptIds().length + sequence.responseIds().length;
  }
}
