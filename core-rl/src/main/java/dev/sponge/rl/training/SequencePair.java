package dev.sponge.rl.training;

import dev.sponge.rl.model.TokenSequence;
import java.util.ArrayList;
import java.util.List;

/**
 * Two rollouts of one prompt that share a term of the loss and so stay in one micro-batch. As a
 * sequence it stands for its longer half.
 */
record SequencePair(TrainingSequence chosen, TrainingSequence rejected)
    implements TokenSequence.Wrapper {

  /**
   * @param data chosen and rejected in turn
   */
  static List<SequencePair> of(List<TrainingSequence> data) {
    if (data.size() % 2 != 0) {
      throw new IllegalArgumentException(data.size() + " rollouts are no pairs");
    }
    List<SequencePair> pairs = new ArrayList<>();
    for (int i = 0; i < data.size(); i += 2) {
      pairs.add(new SequencePair(data.get(i), data.get(i + 1)));
    }
    return pairs;
  }

  /** Cuts into micro-batches of whole pairs, at least one each. */
  static List<List<TrainingSequence>> cut(List<TrainingSequence> data, MicroBatchLimits limits) {
    MicroBatchLimits ofPairs =
        new MicroBatchLimits(Math.max(1, limits.sequences() / 2), Math.max(1, limits.tokens() / 2));
    return ofPairs.cut(of(data)).stream()
        .map(part -> part.stream().flatMap(pair -> pair.both().stream()).toList())
        .toList();
  }

  List<TrainingSequence> both() {
    return List.of(chosen, rejected);
  }

  @Override
  public TrainingSequence sequence() {
    return chosen.responseIds().length >= rejected.responseIds().length ? chosen : rejected;
  }
}
