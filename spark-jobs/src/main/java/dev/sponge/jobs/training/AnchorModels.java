package dev.sponge.jobs.training;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.objective.KlEstimator;
import dev.sponge.rl.training.AnchorPolicies;
import java.util.Optional;

/** The anchors of KL-Convex in memory where it looks at the whole vocabulary, else nothing. */
record AnchorModels(Optional<AnchorPolicies> policies) implements AutoCloseable {

  /**
   * @param base version of the base policy
   * @param precedent version of the precedent policy
   */
  static AnchorModels load(SpongeConfig config, AnchorCache anchors, int base, int precedent) {
    if (config.objective().kl().estimator() != KlEstimator.FULL) {
      return new AnchorModels(Optional.empty());
    }
    CausalLm ofBase = anchors.load(base);
    CausalLm ofPrecedent = precedent == base ? ofBase : anchors.load(precedent);
    return new AnchorModels(Optional.of(new AnchorPolicies(ofBase, ofPrecedent)));
  }

  @Override
  public void close() {
    policies.ifPresent(
        anchors -> {
          anchors.base().close();
          if (anchors.precedent() != anchors.base()) {
            anchors.precedent().close();
          }
        });
  }
}
