/** Group-relative advantages, in double precision: G is the number of completions of one prompt. */
package dev.sponge.rl.advantage;
