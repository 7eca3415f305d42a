/** Verifiable rewards: text in, verdict out; no model is involved. */
package dev.sponge.rl.reward;
