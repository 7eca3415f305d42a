/** Text to token ids and back. Nothing here knows models, rewards or training. */
package dev.sponge.rl.text;
