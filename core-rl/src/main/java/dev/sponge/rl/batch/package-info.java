/** Which groups a step trains on, as pure functions of rewards, ages and importance ratios. */
package dev.sponge.rl.batch;
