/** Equality of mathematical answers: text in, verdict out, bounded in time by construction. */
package dev.sponge.rl.reward.math;
