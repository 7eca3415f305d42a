/** Rollouts to other tools and from them. */
package dev.sponge.jobs.exchange;
