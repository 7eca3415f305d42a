/**
 * The terms of the ReMix objective (arXiv 2507.06892) as pure functions over DJL arrays.
 *
 * <p>Shapes: B sequences of the batch, C completion length, V vocabulary. Every array here is (B,
 * C), one entry per completion token; prompt tokens never enter. Policies: mu sampled the tokens,
 * pi_k is the current policy frozen at the start of outer step k, pi_theta is the trained policy,
 * base and precedent (pi_{k-1}) are the anchors of the KL term. The objective is maximised by
 * minimising the losses of this package.
 *
 * <p>Gradients flow through {@code logp} and {@code entropy} only. Masked positions (mask 0) may
 * hold anything, NaN included. The arrays of one call share one manager, which then owns everything
 * computed from them.
 */
package dev.sponge.rl.objective;
