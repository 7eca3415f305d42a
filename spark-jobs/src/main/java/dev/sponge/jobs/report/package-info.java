/** What the user sees: progress, step lines, the before/after table and {@code summary.json}. */
package dev.sponge.jobs.report;
