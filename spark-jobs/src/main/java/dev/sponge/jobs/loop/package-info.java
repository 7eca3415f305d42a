/** One application that runs all stages, and its report. */
package dev.sponge.jobs.loop;
