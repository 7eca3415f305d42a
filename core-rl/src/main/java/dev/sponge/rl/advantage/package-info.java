/**
 * Rewards and values become advantages, as pure functions in double precision. G is the number of
 * completions of one prompt, C the tokens of one response, B the responses of a batch.
 */
package dev.sponge.rl.advantage;
