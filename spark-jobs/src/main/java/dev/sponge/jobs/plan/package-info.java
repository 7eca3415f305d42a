/**
 * Memory that a run needs, from a model's {@code config.json} and the configuration alone.
 *
 * <p>Letters as in {@link dev.sponge.rl.model.ModelConfig}: E embedding, V vocabulary, L layers, H
 * heads, K key/value heads, D head dimension, I width of the feed-forward block; P parameters; c
 * bytes of a number in the compute dtype.
 */
package dev.sponge.jobs.plan;
