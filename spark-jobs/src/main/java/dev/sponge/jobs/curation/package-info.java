/** Which prompts of the prompts table are asked: near-duplicates, contamination, difficulty. */
package dev.sponge.jobs.curation;
