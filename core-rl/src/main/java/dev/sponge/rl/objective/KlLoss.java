package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;

/**
 * The KL-Convex term per token; its value is lambda * klBase + (1 - lambda) * klPrecedent. Masked
 * positions hold 0.
 *
 * @param loss (B, C), with gradient
 * @param klBase (B, C) estimate of KL(pi_theta || base), importance weight included, detached
 * @param klPrecedent (B, C) estimate of KL(pi_theta || precedent), likewise
 */
public record KlLoss(NDArray loss, NDArray klBase, NDArray klPrecedent) {}
