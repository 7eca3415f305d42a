/** Exactly once, proven and kept: the check of the tables, their repair and the lease of a run. */
package dev.sponge.jobs.ledger;
