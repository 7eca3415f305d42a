/** Brings data sets into the prompts table. */
package dev.sponge.jobs.data;
