package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;

/**
 * The objective of one micro-batch.
 *
 * @param loss scalar with gradient: this micro-batch's share of the minibatch loss
 * @param stats detached token values for metrics
 */
public record LossResult(NDArray loss, TokenStats stats) {}
