/** Measures policies on held-out problems. */
package dev.sponge.jobs.evaluation;
