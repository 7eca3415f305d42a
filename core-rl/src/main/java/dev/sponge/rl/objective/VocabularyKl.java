package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;

/**
 * KL(pi_theta || anchor) in the state before each token: sum_v pi(v) (log pi(v) - log anchor(v))
 * over the vocabulary, at the temperature of the sampler.
 *
 * @param base (B, C) from the base policy, with gradient
 * @param precedent (B, C) from the precedent policy, with gradient
 */
public record VocabularyKl(NDArray base, NDArray precedent) {}
