/**
 * The policy model: its sizes, weights and files in Hugging Face formats.
 *
 * <p>Shapes: B batch, P prompt length, C completion length, T = P + C, V vocabulary, L layers, H
 * heads, K key/value heads, D head dim, E embedding. Paths are local ({@code java.nio}).
 */
package dev.sponge.rl.model;
