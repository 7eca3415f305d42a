/** Keeping a work directory small and fast: compaction, retention, old checkpoints. */
package dev.sponge.jobs.maintenance;
