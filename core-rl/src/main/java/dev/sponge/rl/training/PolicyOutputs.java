package dev.sponge.rl.training;

import ai.djl.ndarray.NDArray;
import dev.sponge.rl.objective.VocabularyKl;
import java.util.Optional;

/**
 * What the objective reads of pi_theta: leaves of autograd, (B, C) each.
 *
 * @param entropy in nats
 * @param vocabularyKl present where anchors were given
 */
record PolicyOutputs(NDArray logprobs, NDArray entropy, Optional<VocabularyKl> vocabularyKl) {}
