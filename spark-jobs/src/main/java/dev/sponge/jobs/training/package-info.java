/** Makes policies: the bootstrap, the outer steps, the reincarnation. */
package dev.sponge.jobs.training;
