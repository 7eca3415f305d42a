/** Rollouts of the current policy and their rewards. */
package dev.sponge.jobs.rollout;
