/** Which groups a step trains on, as pure functions of their rewards. */
package dev.sponge.rl.batch;
