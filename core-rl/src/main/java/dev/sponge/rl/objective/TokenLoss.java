package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;

/**
 * A policy loss per token. Masked positions hold loss 0, ratio 1, clipped 0.
 *
 * @param loss (B, C), to be minimised, with gradient
 * @param ratio (B, C) pi_theta/mu, detached
 * @param logCentre (B, C) log pi_k/mu, detached
 * @param clipped (B, C) float, 1 where the clip zeroes the gradient, detached
 */
public record TokenLoss(NDArray loss, NDArray ratio, NDArray logCentre, NDArray clipped) {}
