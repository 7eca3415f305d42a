/**
 * What all jobs share: the run they belong to, where it stands, its prompts, its checkpoints and
 * the policies loaded on executors. Jobs know this package and not each other.
 */
package dev.sponge.jobs.run;
