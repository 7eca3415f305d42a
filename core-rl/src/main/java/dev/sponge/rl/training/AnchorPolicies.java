package dev.sponge.rl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.model.TokenBatch;
import dev.sponge.rl.objective.VocabularyKl;
import dev.sponge.rl.tensor.LogitRows;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The anchors of KL-Convex as models, for a KL over the whole vocabulary. Calls from several
 * threads are allowed.
 *
 * @param precedent may be {@code base} itself, which then runs once
 */
public record AnchorPolicies(CausalLm base, CausalLm precedent) {

  /** log-probs (B*C, V) of each distinct anchor; base first. */
  List<NDArray> logprobs(NDManager scratch, TokenBatch batch) {
    List<NDArray> all = new ArrayList<>();
    for (CausalLm model : base == precedent ? List.of(base) : List.of(base, precedent)) {
      int rows = LogitRows.of(model.config().vocabSize()).atOnce();
      all.add(
          model
              .kernels()
              .vocabularyLogprobs(scratch, batch.ids(), batch.at(), batch.temperature(), rows));
    }
    return all;
  }

  /**
   * @param divergences from each distinct anchor, in the order of {@link #logprobs}
   */
  static VocabularyKl leaves(List<NDArray> divergences, UnaryOperator<NDArray> leaf) {
    NDArray base = leaf.apply(divergences.get(0));
    NDArray precedent = divergences.size() == 1 ? base : leaf.apply(divergences.get(1));
    return new VocabularyKl(base, precedent);
  }
}
