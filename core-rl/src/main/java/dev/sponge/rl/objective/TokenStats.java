package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;

/**
 * What the metrics read: detached (B, C) arrays. Where the mask is 0, only {@code entropy} may hold
 * garbage; the others hold 0, the ratio 1.
 *
 * @param policyLoss the policy loss without weights
 * @param ratio pi_theta/mu
 * @param logCentre log pi_k/mu
 * @param clipped 1 where the clip zeroes the gradient, else 0
 * @param klBase estimate of KL(pi_theta || base)
 * @param klPrecedent estimate of KL(pi_theta || precedent)
 * @param entropy in nats
 * @param mask 1 for completion tokens, else 0
 */
public record TokenStats(
    NDArray policyLoss,
    NDArray ratio,
    NDArray logCentre,
    NDArray clipped,
    NDArray klBase,
    NDArray klPrecedent,
    NDArray entropy,
    NDArray mask) {}
