/** Verdicts of a service of the user's own: the one verifier that depends on the world outside. */
package dev.sponge.rl.reward.http;
